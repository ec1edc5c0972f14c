"""What the reasons for which something is parked mean and what to do, in Indonesian."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from schemas.reasons import REASONS, Explanation, Reason

_RESEND: Final = "Perbaiki di pengirim lalu kirim lagi dengan id baru, atau perbaiki dan proses ulang di halaman ini."
_EDIT: Final = "Perbaiki isian itu lalu proses ulang, atau minta pengirim mengirim yang benar dengan id baru."
_LOOK: Final = "Bandingkan dengan riwayat permohonan; proses ulang setelah sebabnya hilang, atau singkirkan."
_KEY: Final = "Kirim dengan kunci <peristiwa>.<stasiun>."

INDONESIAN: Final[Mapping[Reason, Explanation]] = MappingProxyType(
    {
        Reason.NOT_JSON: Explanation("Isi pesan bukan satu teks JSON yang lengkap.", _RESEND),
        Reason.NOT_UTF_8: Explanation("Teksnya bukan UTF-8 tanpa byte order mark.", _RESEND),
        Reason.NOT_AN_OBJECT: Explanation("Isi pesan memang JSON, tetapi bukan objek.", _RESEND),
        Reason.DUPLICATE_KEY: Explanation(
            "Satu nama muncul dua kali dalam satu objek, jadi tidak jelas nilai mana yang dimaksud.", _RESEND
        ),
        Reason.NUMBER_OUT_OF_RANGE: Explanation(
            "Ada angka yang NaN, tak hingga, atau lebih besar dari 64 bit.", _RESEND
        ),
        Reason.NUL_OR_SURROGATE: Explanation(
            "Ada teks berisi NUL atau separuh pasangan surrogate; basis data tidak dapat menyimpannya.", _RESEND
        ),
        Reason.TOO_DEEP: Explanation("Objek dan daftar bersarang lebih dari 16 tingkat.", _RESEND),
        Reason.TOO_LARGE: Explanation("Pesannya lebih besar dari 64 KiB.", _RESEND),
        Reason.ENCODING_NOT_ALLOWED: Explanation(
            "Pesannya dimampatkan atau disandikan; hanya isi apa adanya yang dibaca.",
            "Kirim isi apa adanya, tanpa content_encoding.",
        ),
        Reason.CONTENT_TYPE_NOT_ALLOWED: Explanation(
            "Jenis isinya bukan CloudEvent terstruktur atau biner dalam JSON.",
            "Kirim application/cloudevents+json, atau application/json dengan kepala ce-.",
        ),
        Reason.NOT_CLOUDEVENTS: Explanation("Pesannya bukan CloudEvent dengan specversion 1.0.", _RESEND),
        Reason.MISSING_ATTRIBUTE: Explanation("Ada atribut wajib yang tidak diisi.", _RESEND),
        Reason.BAD_ATTRIBUTE: Explanation("Ada atribut amplop yang melanggar aturan CloudEvents.", _RESEND),
        Reason.UNKNOWN_TYPE: Explanation(
            "Tidak ada peristiwa dengan jenis ini dalam kontrak.",
            "Perbaiki jenisnya, atau proses ulang setelah versi baru mengenalnya.",
        ),
        Reason.UNKNOWN_VERSION: Explanation(
            "Peristiwanya dikenal, tetapi tidak dalam versi ini.", "Proses ulang setelah versi baru mengenalnya."
        ),
        Reason.BAD_ID: Explanation("Id-nya bukan UUID.", _RESEND),
        Reason.BAD_SOURCE: Explanation("Sumbernya bukan rujukan URI seperti /stations/st337401.", _RESEND),
        Reason.BAD_SUBJECT: Explanation("Subject-nya tidak menyebut hal yang dimaksud peristiwa ini.", _EDIT),
        Reason.BAD_TIME: Explanation(
            "Waktunya bukan waktu RFC 3339 dengan selisih zona, antara tahun 2000 dan 2100.", _EDIT
        ),
        Reason.BAD_NIK: Explanation(
            "NIK ini tidak mungkin: panjang, provinsi, tanggal, atau nomor urutnya salah.", _EDIT
        ),
        Reason.NIK_IS_A_NUMBER: Explanation(
            "NIK ditulis sebagai angka JSON; angka sebesar ini kehilangan digit, jadi harus teks.", _EDIT
        ),
        Reason.BAD_OFFICE: Explanation("Kantornya bukan kode kabupaten/kota atau kecamatan.", _EDIT),
        Reason.CONTROL_CHARACTER: Explanation(
            "Ada teks dengan karakter kendali, arah, atau tak terlihat yang dapat menyembunyikan isi.", _EDIT
        ),
        Reason.UNKNOWN_FIELD: Explanation("Datanya memuat isian yang tidak dimiliki peristiwa ini.", _EDIT),
        Reason.BAD_DATA: Explanation("Ada isian data yang kosong atau melanggar aturannya.", _EDIT),
        Reason.KEY_MISMATCH: Explanation("Kunci rute menyebut peristiwa lain daripada jenisnya.", _KEY),
        Reason.KEY_NOT_UNDERSTOOD: Explanation(
            "Kunci rutenya bukan <peristiwa>.<stasiun> atau <peristiwa>.<stasiun>.late.",
            f"{_KEY} Yang ini dapat diproses ulang di sini.",
        ),
        Reason.SENDER_NOT_ALLOWED: Explanation(
            "Pengirimnya tidak berhak mengirim peristiwa seperti ini.",
            "Periksa akun, peran, dan kantornya; jika tidak ada yang mengenalnya, perlakukan sebagai insiden.",
        ),
        Reason.ID_REUSED: Explanation(
            "Peristiwa lain dengan id yang sama sudah diterima.", "Beri peristiwa itu id sendiri lalu kirim lagi."
        ),
        Reason.UNDELIVERABLE: Explanation(
            "Broker menyerah setelah terlalu banyak mencoba menyerahkan pesan ini.",
            "Cari tahu mengapa penerimanya gagal, lalu proses ulang.",
        ),
        Reason.NOT_IN_LIFECYCLE: Explanation(
            "Ini tidak dapat terjadi pada kartu dalam keadaan permohonan sekarang.", _LOOK
        ),
        Reason.ALLOCATOR_IS_BUILTIN: Explanation(
            "Blanko kantor ini dialokasikan oleh sistem sendiri, bukan dari luar.",
            "Atur allocator kantor menjadi external jika gudangnya yang menentukan, lalu proses ulang.",
        ),
        Reason.BLANKO_BELONGS_TO_ANOTHER: Explanation("Blanko ini milik, atau pernah milik, permohonan lain.", _LOOK),
        Reason.BLANKO_NOT_THERE: Explanation(
            "Menurut buku, blanko ini di tempat lain: tidak ada di sana, tidak lepas, atau tidak pernah diterima.",
            "Lihat `ektp blanko stock --serial`; proses ulang setelah yang mendahuluinya dilaporkan, atau singkirkan.",
        ),
        Reason.SUPPLIES_NOT_THERE: Explanation(
            "Persediaan kantor untuk bahan ini kurang dari yang disebut.",
            "Proses ulang setelah yang mendahuluinya dilaporkan, atau hitung persediaan dan laporkan selisihnya.",
        ),
        Reason.BLANKO_MISMATCH: Explanation("Blankonya bukan yang dialokasikan untuk permohonan ini.", _LOOK),
        Reason.BLANKO_GIVEN_TWICE: Explanation(
            "Blanko yang sama akan diberikan dua kali kepada permohonan yang sama.", _LOOK
        ),
        Reason.NIK_DIFFERS: Explanation("NIK-nya bukan NIK pembuka permohonan ini.", _LOOK),
        Reason.TURN_ALREADY_ALLOCATED: Explanation(
            "Giliran ini sudah mendapat blanko lain.", "Kirim lagi alokasinya dengan giliran berikut, atau singkirkan."
        ),
        Reason.STORE_REFUSED: Explanation(
            "Basis data menolak hanya peristiwa ini.", "Laporkan: seharusnya pembaca yang lebih dulu menolaknya."
        ),
        Reason.HANDLER_FAILED: Explanation(
            "Program gagal hanya pada peristiwa ini.", "Laporkan, lalu proses ulang setelah kesalahannya diperbaiki."
        ),
    }
)


def explained(code: str, language: Literal["id", "en"]) -> Explanation | None:
    """Return what a reason means and what to do, in a language; None for one that only a newer release knows."""
    words = INDONESIAN if language == "id" else REASONS
    return words[Reason(code)] if code in REASONS else None
