import time
import pytest
from tests.e2e.pipeline import pause, batches
from tests.e2e.conftest import *
from tests.e2e.station import letter_of, Station
from tests.e2e.accounts import rows
from tests.histories import happy
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kills",[6,9])
def test_deep(pipeline, rabbit, eventually, kills):
    cards=[happy() for _ in range(1000)]
    with Station(pipeline.broker_url,[letter_of(e) for c in cards for e in c.events],1e6) as st:
        eventually(lambda: st.done,60)
    for k in range(kills):
        p=pipeline.start("consume-1","consume")
        n=len(batches(p))
        # kill as soon as it has handled its first batch of many
        eventually(lambda: any(b['size']>50 for b in batches(p)[n:]) , 60)
        pipeline["consume-1"].kill()
    done0=rows(pipeline,"select count(*) from history")[0][0]+rows(pipeline,"select count(*) from held")[0][0]
    p=pipeline.start("consume-1","consume"); t=time.monotonic()
    n=len(batches(p))
    eventually(lambda: rows(pipeline,"select count(*) from applications where state='collected'")==[(1000,)],200)
    dt=time.monotonic()-t
    b=batches(p)[n:]
    q=rabbit.queues(pipeline.broker_url)['ektp.intake']['message_stats']
    dl=[l["deliveries"] for l in p.lines() if l.get("event")=="message given to the dead letters"]; print("DL",len(dl),dl[:5],q and rabbit.queues(pipeline.broker_url)["ektp.intake.dead"].get("message_stats"))
    print(f"DEEP kills={kills} done before {done0}, rest took {dt:.1f} s; batches {len(b)} of which alone {sum(x['size']==1 for x in b)}; redeliver {q.get('redeliver')}", file=__import__('sys').__stderr__)
