"""The alerts of the watch over the stations, as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from workflows.alert import AlertRule, Audience, Severity, Words
from workflows.stations import (
    BACKLOG,
    DIFFERS,
    GAP,
    MISSING,
    NEVER_ARRIVED,
    NOT_CLOSED,
    SECURITY,
    SILENT,
    SKEW,
)

STATION_RULES: Final[Mapping[str, AlertRule]] = MappingProxyType({
    SILENT: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("tidak ada kiriman selama {working_hours} jam kerja; kontak terakhir {last_contact}",
              "nothing came for {working_hours} working hours; last contact {last_contact}"),
        Words("Perekaman mungkin tertahan di perangkat.", "Recordings may be held back on the device."),
        Words("Hubungi stasiun itu: listrik, jaringan, lalu `ektp station flush` di sana.",
              "Call the station: power, line, then `ektp station flush` there."),
    ),
    GAP: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{missing} nomor urut hilang sejak {since}: {numbers}",
              "{missing} running numbers missing since {since}: {numbers}"),
        Words("Yang lebih baru sudah tiba, yang ini belum.", "Newer ones have arrived, these have not."),
        Words("Minta stasiun mengirim ulang: `ektp station flush --since`.",
              "Ask the station to send again: `ektp station flush --since`."),
    ),
    SKEW: AlertRule(
        Severity.NOTE, Audience.OFFICE,
        Words("jamnya {seconds} detik lebih cepat (kurang dari nol: lambat)",
              "its clock is {seconds} seconds ahead (less than nothing: behind)"),
        Words("Waktu pada resi dan pada peristiwa salah.", "The times on receipts and events are wrong."),
        Words("Setel jam perangkat, sebaiknya dengan NTP.", "Set the device's clock, best by NTP."),
    ),
    BACKLOG: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{unsent} peristiwa menunggu di perangkat, menurutnya pada {reported}",
              "{unsent} events wait on the device, as it said at {reported}"),
        Words("Pusat belum tahu apa yang sudah direkam.", "The centre does not know yet what was recorded."),
        Words("Periksa jaringan stasiun, lalu `ektp station flush`.",
              "Look at the station's line, then `ektp station flush`."),
    ),
    DIFFERS: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("{arrived} dari {counted} perekaman tiba; {parked} pesannya diparkir sejak itu",
              "{arrived} of {counted} recordings arrived; {parked} of its messages are parked since then"),
        Words("Hitungan hari itu di stasiun dan di sini berbeda.",
              "The station and this side count that day differently."),
        Words("Lihat apa yang diparkir dari stasiun itu; minta kirim ulang yang hilang.",
              "Look at what is parked of the station; ask for what is missing."),
    ),
    MISSING: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("nomor urut ini dari {date} belum tiba ({arrived} dari {counted})",
              "this running number of {date} has not arrived ({arrived} of {counted})"),
        Words("Satu perekaman warga belum sampai.", "One resident's recording has not come."),
        Words("Cari di perangkat: `ektp station status`; kirim ulang.",
              "Look for it on the device: `ektp station status`; send again."),
    ),
    NOT_CLOSED: AlertRule(
        Severity.NOTE, Audience.OFFICE,
        Words("belum ditutup: {days}", "not closed: {days}"),
        Words("Tanpa penutupan tidak ada yang tahu apakah semua tiba.",
              "Without a closing nobody knows whether all arrived."),
        Words("Minta stasiun menutup harinya.", "Ask the station to close its days."),
    ),
    NEVER_ARRIVED: AlertRule(
        Severity.WARNING, Audience.OFFICE,
        Words("warga menanyakan resi ini, dan tidak ada yang tiba; menurut huruf awalnya dibuat di {stations}",
              "a resident asked for this resi, and nothing arrived; by its first letters made at {stations}"),
        Words("Warga memegang tanda terima untuk perekaman yang tidak kita miliki.",
              "A resident holds a receipt for a recording that we do not have."),
        Words("Minta stasiun itu mengirim semua yang tersisa.", "Ask that station for everything that is left."),
    ),
    SECURITY: AlertRule(
        Severity.CRITICAL, Audience.SECURITY,
        Words("{parked} pesan diparkir karena palsu atau tidak diizinkan, terakhir {last}",
              "{parked} messages parked as forged or not allowed, the last at {last}"),
        Words("Seseorang bicara atas nama yang bukan miliknya.", "Somebody speaks in a name that is not theirs."),
        Words("Lihat `ektp parked list --reason sender-not-allowed`; cabut akun bila perlu.",
              "See `ektp parked list --reason sender-not-allowed`; revoke the account where needed."),
    ),
})  # fmt: skip
