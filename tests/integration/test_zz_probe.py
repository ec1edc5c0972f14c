import json, pytest
from tests.command_line import command_line
from tests.histories import History
def test_probe(monkeypatch, capsys, tmp_path, database_url):
    got=[]
    with command_line(monkeypatch, capsys, tmp_path, EKTP_DATABASE_URL=database_url) as ektp:
        h=History().recorded()
        bad=h.events[0]; bad2={**bad,"id":"0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11","data":{**bad["data"],"nik":bad["data"]["nik"][:-1]}}
        ektp("apply", ektp.file(bad, bad2))
        item=ektp.ask("parked","list")[0]
        f=tmp_path/"e.json"; f.write_text(json.dumps({**bad2,"data":{**bad["data"],"nik":History().nik}}))
        got.append(ektp.ask("parked","replay",item["parked"],"--edit",f, expect=1))
        got.append(ektp.ask("parked","list","--all"))
        got.append(ektp.ask("summary")["events"]); a=ektp("verify"); got.append((a.out,a.err))
        # concurrency of contradiction held
        x=History().recorded().verified()
        from tests.histories import event
        late=event(x.application,"printed",blanko="BLX1",printer="p",turn=1); al=event(x.application,"blanko-allocated",blanko="BLX2",office="33.74",turn=1)
        ektp("apply", ektp.file(*x.events, late, al)); got.append(ektp.ask("show",x.application)["held"])
        import pprint; raise AssertionError(pprint.pformat(got))
