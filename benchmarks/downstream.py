"""What comes downstream of Kudus' cards: messages to residents, subscribers, outreach, and the days of a year."""

from typing import Final

from sqlalchemy import text

from benchmarks.kudus import REGENCY
from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from ektp.storage.secrets.pins import new_pin
from workflows.messages import TOLD

_FOLLOWED: Final = 40  # residents whose PIN is known
# Every second resident is told of each notice, between the recording and now. Of a hundred 89 were sent, 9 have to be
# told by hand, and what became of the others nobody knows; of the last two days' one in eight has not been told yet.
_MESSAGES: Final = """
create temporary table telling as
select md5(letter.id || 'm')::uuid as id, application, letter.id as fact, name, number, office, at, fate,
    case when fate < 12 and at > ektp_now() - interval '2 days' then 'planned' when fate < 89 then 'sent'
        when fate < 94 then 'nobody' when fate < 96 then 'stopped' when fate < 97 then 'bounced'
        when fate < 98 then 'given-up' else 'unknown' end as state
from (
    select notice.id, application, split_part(routing_key, '.', 1) as name, notice.number, one.office,
        one.recorded + (one.since - one.recorded) * notice.number / notice.told as at,
        abs(hashtext(notice.id::text)) %% 100 as fate
    from (
        select id, application, routing_key, row_number() over told as number, count(*) over told as told
        from outbox where exchange = 'ektp.notices'
        window told as (partition by application order by seq rows between unbounded preceding and unbounded following)
    ) as notice join applications one on one.id = notice.application
) as letter where name = any(%s) and abs(hashtext(application::text)) %% 2 = 0;

insert into messages (id, application, fact, notice, sequence, office, at, deadline, planned, state, because, channel,
    language, contact, tries, held_until, sent, ended)
select id, application, fact, name, number, office, at, at + interval '1 day', at, state,
    case when state = 'stopped' and fate = 94 then 'over' end,
    case when state <> 'nobody' then (array['sms', 'whatsapp', 'email'])[1 + fate % 3] end, 'id',
    case when state <> 'nobody' then decode(md5(application::text), 'hex') end, 1,
    case when state = 'planned' and fate < 6 then ektp_now() + interval '5 hours' end,
    case when state in ('sent', 'bounced') then at + interval '1 minute' end,
    case when state <> 'planned' then at + interval '1 minute' end
from telling order by at;

insert into steps (kind, key, application, data, state, attempts, due, created, finished)
select 'deliver-message', 'message/' || id, application, json_build_object('message', id),
    case when state = 'planned' then 'waiting' else 'done' end, 1, at, at, case when state <> 'planned' then at end
from telling order by at;

update message_plans set xid = pg_snapshot_xmin(pg_current_snapshot());
drop table telling
"""
#: Twelve that hear of everything, of the regency or of one kecamatan; each was sent something once more now and then.
_SUBSCRIBERS: Final = """
insert into subscribers (name, notices, offices, added_by, paused, paused_by, because, looked, seen)
select 'hears-' || n, case when n % 3 = 0 then array['application-printed', 'application-collected'] else '{{}}' end,
    case n % 3 when 1 then array['{regency}'] when 2 then array['{regency}.0' || 1 + n % 9] else '{{}}' end, 'bench',
    case when n = 4 then now() - interval '1 hour' end, case when n = 4 then 'bench' end,
    case when n = 4 then 'moves house' end, now(), json_build_object('name', 'hears-' || n, 'paused', n = 4,
        'lag', n * n * n * 100, 'age', n * 60, 'bounded', false, 'rate', 12.5, 'readers', 1,
        'bound', json_build_object('missing', '[]'::json, 'foreign', '[]'::json), 'faults', '[]'::json)
from generate_series(1, 12) as n;

insert into replays (subscriber, since, position, upto, sent, asked, asked_by, because, ended, outcome)
select 'hears-' || n, now() - m * interval '2 days', 1, 1000, 1000, now() - m * interval '1 day', 'bench',
    'was away', case when m > 1 then now() - m * interval '1 day' end, case when m > 1 then 'done' end
from generate_series(1, 12) as n, generate_series(1, 200) as m
"""
#: Half a year: 500 requests, and a visit of each kecamatan every fourth day, of which the last are still to come.
_OUTREACH: Final = """
insert into visit_requests (id, office, kelurahan, category, people, place, asked, asked_by, withdrawn)
select md5('request' || n)::uuid, '{regency}.0' || 1 + n % 9, 'Desa ' || n % 14,
    (array['group', 'disabled', 'elderly-sick', 'hospital'])[1 + n % 4], case n % 4 when 0 then 20 else 1 end,
    'balai desa',
    now() - n * interval '8 hours', 'bench', case when n % 20 = 0 then now() end
from generate_series(1, 500) as n;

insert into visits (id, office, kecamatan, day, begins, kit, why, state, others)
select md5('visit' || n || place)::uuid, '{regency}', '{regency}.0' || place, current_date + 8 - n * 4,
    current_date + 8 - n * 4 + time '09:00', place, 'full',
    case when n = 1 then 'proposed' when n <= 3 and 8 - n * 4 >= 0 then 'planned' when n % 9 = 0 then 'cancelled'
        else 'held' end, 3
from generate_series(1, 45) as n, generate_series(1, 9) as place;

insert into visit_guests (visit, application, kelurahan, purpose, state)
select visit.id, one.id, 'Desa ' || one.number % 14, case one.state when 'printed' then 'collect' else 're-record' end,
    case visit.state when 'proposed' then 'proposed' when 'planned' then 'invited' when 'cancelled' then 'released'
        when 'held' then case when one.number % 9 = 0 then 'absent' else 'met' end end
from (select *, row_number() over (partition by kecamatan order by day) as number from visits) as visit
join (
    select *, row_number() over (partition by office order by id) - 1 as number from applications
    where state in ('printed', 'deletion-requested', 're-recording')
) as one on one.office = visit.kecamatan and one.number / 30 = visit.number - 1;

insert into visit_errands (visit, request, kelurahan, people, place)
select distinct on (request.id) visit.id, request.id, request.kelurahan, request.people, request.place
from visit_requests request join visits visit on visit.kecamatan = request.office and visit.state in ('planned', 'held')
where abs(hashtext(request.id::text)) % 10 < 8 and withdrawn is null
order by request.id, abs(hashtext(visit.id::text || request.id::text));

insert into outreach_plans (office, planned, late, waiting)
select '{regency}', now(), 2, jsonb_agg(jsonb_build_object('kecamatan', '{regency}.0' || place, 'kelurahan',
    'Desa ' || n, 'people', n, 'reason', 'group-not-full', 'bound', current_date + 20))
from generate_series(1, 9) as place, generate_series(1, 28) as n
"""
# As much happened on each day of a year as makes what is there today.
_DAYS: Final = """
delete from tallies where kind = 'day';
delete from office_days;
insert into office_days (what, day, office, count)
select what, current_date - n, office, total * (n + 1) / 366 - total * n / 366
from (
    select office, what, sum(count)::bigint as total from (
        select office, count(*) as count, unnest(array['in',
            case when state not in ('collected', 'cancelled') then 'open' end,
            case when state in ('verified', 'allocated', 'printed', 'collected') then 'verified' end,
            case when state = 'verified' then 'queue' end,
            case when state in ('printed', 'collected') then 'printed' end,
            case when state in ('printed', 'collected') then 'kept' end,
            case when state in ('under-review', 'failed', 'deletion-requested', 're-recording') then 'failed' end,
            case when state in ('collected', 'cancelled') then state end]) as what
        from applications group by office, state
        union all select office, count(*) / 30, 'took-' || days from applications, generate_series(1, 30) as days
        where state in ('printed', 'collected') group by office, days
    ) as ways where what is not null group by office, what
) as totals, generate_series(0, 365) as n
"""
_TO_FOLLOW: Final = text("""
select id, resi from (
    select id, resi, row_number() over (partition by state order by id) as number from applications
    where resi like '%-%-%' -- a copy's is none that can be typed
) as one order by number, id limit :most
""")


def add_downstream(parts: Parts) -> dict[str, str]:
    """Add it all to a filled store; return the PINs of a few residents by their resi."""
    statements = [_MESSAGES, _SUBSCRIBERS.format(regency=REGENCY), _OUTREACH.format(regency=REGENCY), _DAYS]
    with transaction(parts.engine) as connection:
        connection.execute("set local statement_timeout = 0")
        for statement in ";\n".join(statements).split(";\n"):
            connection.execute(statement, [list(TOLD)] if "%s" in statement else None)
    with parts.engine.connect() as connection:
        known = connection.execute(_TO_FOLLOW, {"most": _FOLLOWED}).all()
    return {row.resi: new_pin(parts.engine, parts.vault, row.id) for row in known}
