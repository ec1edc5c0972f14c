"""The words of the pages, in Indonesian and English, and which of the two somebody wants."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["id", "en"]
_TABLE: Final = """
title           | Papan E-KTP                              | E-KTP board
lead            | Di mana setiap permohonan, dan giliran siapa. | Where every application is, and whose move it is.
skip            | Langsung ke isi                          | Skip to the content
applications    | permohonan                               | applications
lifecycle       | Perjalanan kartu                         | The life of a card
by-state        | Menurut keadaan                          | By state
state           | Keadaan                                  | State
count           | Jumlah                                   | Count
whose-move      | Giliran siapa                            | Whose move it is
party           | Pihak                                    | Party
waiting         | Menunggu                                 | Waiting
last-minute     | Satu menit terakhir                      | In the last minute
nothing-moved   | Tidak ada yang bergerak.                 | Nothing moved.
notice          | Pemberitahuan                            | Notice
time            | Waktu                                    | Time
office          | Kantor                                   | Office
change          | Perubahan                                | Change
events          | Peristiwa                                | Events
outcome         | Hasil                                    | Outcome
pending         | surat menunggu dikirim                   | letters wait to leave
parked-open     | diparkir, menunggu petugas               | parked, waiting for a person
overdue         | terlambat                                | overdue
of-these-overdue | Terlambat                               | Overdue
kept-of         | tercetak tepat waktu dari                | printed in time of
printed-cards   | kartu                                    | cards
outage          | Gangguan yang diumumkan                  | Declared outage
since           | sejak                                    | since
outage-until    | sampai                                   | until
campaigns       | Kampanye perekaman                       | Recording campaigns
campaign        | Kampanye                                 | Campaign
until           | Sampai                                   | Until
recorded-so-far | Terekam                                  | Recorded
target          | Target                                   | Target
days-left       | Sisa hari buka                           | Opening days left
pace            | Per hari sejauh ini                      | A day so far
needed          | Per hari yang diperlukan                 | A day needed
simulated       | Kota simulasi: tidak ada orang sungguhan di sini. | A simulated city: nobody in it is real.
as-of           | Keadaan pada                             | As of
away            | Basis data sedang tidak terjangkau.      | The database cannot be reached at the moment.
sign-in         | Masuk                                    | Sign in
sign-out        | Keluar                                   | Sign out
token           | Token                                    | Token
token-help      | Ada di berkas token pada folder EKTP_HOME. | It is in the file token in the folder EKTP_HOME.
account         | Nama akun                                | Account name
password        | Kata sandi                               | Password
first-start     | Pertama kali                             | At the first start
sign-in-token   | Masuk dengan token                       | Sign in with the token
wrong-login     | Nama akun atau kata sandi tidak cocok.   | The name and the password do not match.
login-often     | Terlalu sering dicoba; tunggu sebentar lalu coba lagi. | Too many tries; wait a little and try again.
change-password | Ganti kata sandi                         | Change the password
password-old    | Kata sandi sekarang                      | The password of now
password-new    | Kata sandi baru                          | The new password
password-again  | Sekali lagi                              | Once more
password-help   | Paling sedikit 12 huruf; bukan yang umum atau nama Anda. | At least 12 characters; nothing common.
password-weak   | Kata sandi itu terlalu mudah ditebak.    | That password is too easy to guess.
password-differs | Kedua kata sandi baru tidak sama.       | The two new passwords are not the same.
password-changed | Kata sandi sudah diganti; sesi lain berakhir. | The password was changed; other sessions ended.
wrong-password  | Kata sandi sekarang tidak cocok.         | That is not the password of now.
wrong-token     | Token itu tidak dikenal.                 | That token is not known.
board           | Papan                                    | Board
recorded        | direkam                                  | recorded
failed          | gagal, sedang diperbaiki                 | failed, being remedied
verified        | terverifikasi, menunggu blanko           | verified, waiting for a blanko
allocated       | mendapat blanko, menunggu cetak          | allocated, waiting for the print
printed         | tercetak, menunggu diambil               | printed, waiting to be collected
collected       | diambil                                  | collected
deletion-requested | penghapusan data pusat diminta        | deletion at the centre requested
re-recording    | perekaman ulang                          | recording again
under-review    | diperiksa                                | under review
cancelled       | dibatalkan                               | cancelled
station         | stasiun perekaman                        | station
centre          | pusat data                               | centre
warehouse       | gudang blanko                            | warehouse
printer         | pencetak                                 | printer
resident        | penduduk                                 | resident
office-party    | kantor                                   | office
applied         | diterapkan                               | applied
repeated        | berulang                                 | repeated
held            | ditahan                                  | held
superseded      | tergantikan                              | superseded
parked          | diparkir                                 | parked
suket-check     | Pemeriksaan surat keterangan             | Is this letter genuine?
suket-valid     | Surat ini asli dan berlaku.              | This letter is genuine and valid.
suket-withdrawn | Surat ini sudah ditarik dan tidak berlaku lagi. | This letter was withdrawn and is no longer valid.
suket-expired   | Masa berlaku surat ini sudah habis.      | This letter has expired.
suket-unknown   | Tidak ada surat dengan kode ini.         | There is no letter with this code.
suket-away      | Surat tidak dapat diperiksa saat ini; coba lagi nanti. | It cannot be checked now; try again later.
suket-number    | Nomor                                    | Number
suket-name      | Nama (huruf awal)                        | Name (first letters)
suket-issued    | Terbit                                   | Issued
suket-until     | Berlaku sampai                           | Valid until
suket-withdrawn-on | Ditarik                               | Withdrawn
track           | Lacak permohonan                         | Follow your application
track-lead      | Masukkan kode resi dan PIN dari tanda terima Anda. | Enter the code and the PIN on your receipt.
track-resi      | Kode resi                                | Code of the receipt
track-pin       | PIN (6 angka)                            | PIN (6 digits)
track-look      | Lihat                                    | Look
track-wrong     | Kode resi dan PIN tidak cocok.           | The code and the PIN do not match.
track-tries     | Lima kali salah: tunggu lima belas menit. | After five wrong tries: wait fifteen minutes.
track-counter   | Loket memberi PIN baru.                  | The counter gives you a new PIN.
track-mistyped  | Kode resi: 12 huruf dan angka. PIN: 6 angka. | A code has 12 letters and digits, a PIN 6 digits.
track-often     | Terlalu sering dicoba; tunggu sebentar lalu coba lagi. | Too many tries; wait a little and try again.
track-away      | Tidak dapat dilihat saat ini; coba lagi nanti. | It cannot be looked up now; try again later.
track-come      | Apakah saya harus datang?                | Must I come?
track-yes       | Ya                                       | Yes
track-no        | Tidak                                    | No
track-bring     | Yang dibawa                              | What to bring
track-due       | Dijanjikan tercetak paling lambat        | Promised to be printed by
paper-resi      | resi                                     | the receipt
paper-suket     | surat keterangan, jika pernah menerimanya | the letter (suket), if you were given one
paper-kk        | fotokopi KK                              | a copy of the family card
suket-compare   | Bandingkan dengan surat yang Anda pegang. | Compare it with the letter in your hand.
"""


def _columns() -> Mapping[Language, Mapping[str, str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in _TABLE.strip().splitlines()]
    return MappingProxyType(
        {"id": {key: words for key, words, _ in rows}, "en": {key: words for key, _, words in rows}}
    )


WORDS: Final = _columns()
_MARKS: Final[Mapping[Language, str]] = {"id": ".", "en": ","}
_DECIMAL: Final[Mapping[Language, str]] = {"id": ",", "en": "."}


def number(count: int, language: Language) -> str:
    """Write a count with the language's mark at the thousands."""
    return f"{count:,}".replace(",", _MARKS[language])


def percent(share: float, language: Language) -> str:
    """Write a share (0 to 1) in percent, with the language's mark before the decimals."""
    return f"{share:.1%}".replace(".", _DECIMAL[language]).replace("%", " %")


def wanted_language(accepted: str, default: Language) -> Language:
    """Return the language of ours that an Accept-Language header ranks first, the default without one."""
    best: tuple[float, Language] = (0.0, default)
    for part in accepted.split(","):
        tag, _, weight = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if (language := _OURS.get(primary)) is not None and (rank := _rank(weight)) > best[0]:
            best = (rank, language)
    return best[1]


# "in" is what older systems call Indonesian.
_OURS: Final[Mapping[str, Language]] = {"id": "id", "in": "id", "en": "en"}


def _rank(weight: str) -> float:
    try:
        return float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
