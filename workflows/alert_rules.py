"""ALERT_RULES: everything a person can be alerted about, as data; those of the stations are among them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from workflows.alert import AlertRule, Audience, Severity, Words
from workflows.alerts_of_messages import MESSAGE_RULES
from workflows.alerts_of_stations import STATION_RULES
from workflows.following import BEHIND, UNBOUND

STUCK: Final = "stuck"
HELD: Final = "held-too-long"
PARKED: Final = "parked-new-cause"
LOW: Final = "stock-low"
OUTBOX: Final = "outbox-old"
QUEUE: Final = "queue-long"
CONSUMER: Final = "consumer-gone"
CALENDAR: Final = "calendar-not-final"
DRIFT: Final = "count-drift"
STEPS: Final = "steps-late"
BEAT: Final = "no-beat"
VISITS: Final = "visits-late"
UNHELD: Final = "visit-without-result"

GENERAL_RULES: Final[Mapping[str, AlertRule]] = MappingProxyType({
    STUCK: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{count} permohonan, yang tertua direkam {oldest}: {situations}",
              "{count} applications, the oldest recorded {oldest}: {situations}"),
        Words("Semua tenggat sudah lewat dan semua upaya sendiri sudah dilakukan.",
              "Every deadline has passed and everything the system does by itself is done."),
        Words("`ektp stuck --office KODE` menyebut giliran siapa; putuskan sendiri.",
              "`ektp stuck --office CODE` says whose move it is; a person has to decide."),
    ),
    HELD: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{count} peristiwa menunggu pendahulunya, yang tertua sejak {oldest}: {causes}",
              "{count} events wait for their predecessor, the oldest since {oldest}: {causes}"),
        Words("Pendahulunya mungkin tidak pernah dikirim.", "What comes before them may never have been sent."),
        Words("`ektp stuck` menyebut apa yang ditunggu; tanyakan kepada pengirimnya.",
              "`ektp stuck` says what they wait for; ask whoever should have sent it."),
    ),
    PARKED: AlertRule(
        Severity.WARNING, Audience.SYSTEM,
        Words("{open} pesan {station} diparkir sejak {oldest}: {reason}",
              "{open} messages of {station} parked since {oldest}: {reason}"),
        Words("Sebab ini dari pengirim ini tidak terlihat selama tujuh hari.",
              "This cause from this sender was not seen in the seven days before."),
        Words("`ektp parked list --reason SEBAB`; perbaiki sebabnya, lalu putar ulang.",
              "`ektp parked list --reason CAUSE`; mend the cause, then replay."),
    ),
    LOW: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{what} di bawah batas pesan sejak {since}, tersisa {left}",
              "{what} below its reorder point since {since}, {left} left"),
        Words("Pencetakan akan berhenti.", "Printing is going to stop."),
        Words("Pesan sekarang; `ektp forecast` menyebut berapa.", "Order now; `ektp forecast` says how many."),
    ),
    OUTBOX: AlertRule(
        Severity.CRITICAL, Audience.SYSTEM,
        Words("{pending} surat menunggu, yang tertua {seconds} detik",
              "{pending} letters wait, the oldest {seconds} s"),
        Words("Pemberitahuan dan permintaan tidak keluar.", "Notices and requests do not leave."),
        Words("Periksa `ektp relay` dan broker: `ektp doctor`.", "Look at `ektp relay` and the broker: `ektp doctor`."),
    ),
    QUEUE: AlertRule(
        Severity.WARNING, Audience.SYSTEM,
        Words("{ready} pesan menunggu (batas {most})", "{ready} messages wait (limit {most})"),
        Words("Lebih banyak yang tiba daripada yang diambil.", "More comes than is taken."),
        Words("`ektp queues`; jalankan lebih banyak pembaca.", "`ektp queues`; start more readers."),
        patience=60,
    ),
    CONSUMER: AlertRule(
        Severity.CRITICAL, Audience.SYSTEM,
        Words("tidak ada yang membaca; {ready} pesan menunggu", "nobody reads it; {ready} messages wait"),
        Words("Yang dikirim stasiun tetap tersimpan, tetapi tidak diproses.",
              "What stations send is kept, and not handled."),
        Words("Jalankan `ektp consume` (untuk ektp.steps: `ektp worker`).",
              "Start `ektp consume` (for ektp.steps: `ektp worker`)."),
        patience=60,
    ),
    CALENDAR: AlertRule(
        Severity.NOTE, Audience.SYSTEM,
        Words("mulai {first} hari libur hanya perkiraan", "from {first} on the holidays are an estimate"),
        Words("Tenggat pada hari itu dapat bergeser.", "Deadlines on those days may move."),
        Words("Setelah keputusan bersama terbit: tambahkan ke data atau ke [calendars].",
              "Once the decree is out: add it to the data or to [calendars]."),
    ),
    DRIFT: AlertRule(
        Severity.CRITICAL, Audience.SYSTEM,
        Words("{different} hitungan berbeda: {examples}", "{different} counts differ: {examples}"),
        Words("Angka di papan tidak sama dengan isi basis data.", "What the board shows is not what the store holds."),
        Words("`ektp verify`, lalu laporkan: ini kesalahan program.", "`ektp verify`, then report it: this is a bug."),
    ),
    STEPS: AlertRule(
        Severity.CRITICAL, Audience.SYSTEM,
        Words("{late} langkah terlambat, yang tertua {seconds} detik: {kinds}",
              "{late} steps are late, the oldest by {seconds} s: {kinds}"),
        Words("Tenggat, pengulangan dan kabar tertunda.", "Deadlines, retries and messages are delayed."),
        Words("Periksa `ektp worker`: `ektp doctor`.", "Look at `ektp worker`: `ektp doctor`."),
        patience=60,
    ),
    BEAT: AlertRule(
        Severity.CRITICAL, Audience.SYSTEM,
        Words("sudah {seconds} detik tidak ada jadwal baru", "nothing was scheduled for {seconds} s"),
        Words("Tanpa beat tidak ada yang berkala: tenggat, alokasi, pengawasan.",
              "Without beat nothing periodic happens: deadlines, allocation, this watch."),
        Words("Jalankan `ektp beat`.", "Start `ektp beat`."),
    ),
    **MESSAGE_RULES,
    BEHIND: AlertRule(
        Severity.WARNING, Audience.SYSTEM,
        Words("{waiting} pemberitahuan menunggunya, yang tertua {minutes} menit; pembaca: {readers}",
              "{waiting} notices wait for it, the oldest for {minutes} minutes; readers: {readers}"),
        Words("Pelanggan itu tertinggal atau berhenti; tidak ada yang hilang.",
              "The subscriber is behind or has stopped; nothing is lost."),
        Words("`ektp subscribers list`; hubungi pemiliknya, atau lanjutkan yang dijeda.",
              "`ektp subscribers list`; call whoever runs it, or resume it if it is paused."),
        patience=60,
    ),
    UNBOUND: AlertRule(
        Severity.CRITICAL, Audience.SYSTEM,
        Words("tidak seperti yang didaftarkan: {wrong}", "not as it was registered: {wrong}"),
        Words("Pelanggan itu tidak lagi mendengar semua yang menjadi haknya, atau mendengar lebih.",
              "The subscriber no longer hears all that it should, or hears more."),
        Words("`ektp subscribers mend NAMA`, lalu `ektp subscribers replay NAMA --since WAKTU`.",
              "`ektp subscribers mend NAME`, then `ektp subscribers replay NAME --since TIME`."),
        patience=20,
    ),
    VISITS: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{people} orang tidak dapat lagi dikunjungi tepat waktu", "{people} people cannot be visited in time"),
        Words("Usulan tidak disetujui, atau alat tidak cukup.", "Nobody promised the proposals, or kits are too few."),
        Words("Janjikan kunjungan di /outreach; pinjam alat; ubah [offices.KODE.outreach].",
              "Promise the visits on /outreach; borrow a kit; change [offices.CODE.outreach]."),
    ),
    UNHELD: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{visits} kunjungan tanpa hasil, yang tertua {day}", "{visits} visits without result, the oldest {day}"),
        Words("Siapa yang tidak ditemui tidak akan direncanakan lagi.", "Who was not met is not planned for again."),
        Words("`ektp outreach held ID`, atau `cancel` jika tidak jadi.",
              "`ektp outreach held ID`, or `cancel` if it was not made."),
    ),
})  # fmt: skip
ALERT_RULES: Final[Mapping[str, AlertRule]] = MappingProxyType({**GENERAL_RULES, **STATION_RULES})
