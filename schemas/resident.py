"""What a notice means for the resident, in plain words: what happened, must I come, what do I bring."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from schemas.event import Data
from schemas.text import Text
from schemas.values import FromList

#: resi: the receipt; suket: the letter, if one was given; kk: a copy of the family card.
Paper = Literal["resi", "suket", "kk"]


class Words(Data):
    """The same in Indonesian and English."""

    id: Text
    en: Text


class Resident(Data):
    """What one resident has to know and do."""

    must_come: bool
    bring: Annotated[tuple[Paper, ...], FromList]
    text: Words


def _words(indonesian: str, english: str, *bring: Paper, must_come: bool = False) -> Mapping[str, Any]:
    return {"must_come": must_come, "bring": list(bring), "text": {"id": indonesian, "en": english}}


#: By the name of the notice; what is announced about an office has no resident.
RESIDENT: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "application-recorded": _words(
            "Perekaman Anda sudah kami terima dan dikirim ke pusat untuk diperiksa. Anda tidak perlu datang.",
            "Your recording has arrived and was sent to the centre to be checked. You need not come.",
        ),
        "application-failed": _words(
            "Pemeriksaan data Anda gagal di sistem. Ini bukan kesalahan Anda; kami sedang memperbaikinya. "
            "Anda belum perlu datang.",
            "Checking your data failed in the system. It is not your fault, and we are repairing it. "
            "You need not come now.",
        ),
        "application-verified": _words(
            "Data Anda sudah selesai diperiksa dan benar. Kartu akan dicetak. Anda tidak perlu datang.",
            "Your data have been checked and are right. The card will be printed. You need not come.",
        ),
        "application-allocated": _words(
            "Blanko untuk kartu Anda sudah tersedia dan kartu segera dicetak. Anda tidak perlu datang.",
            "A blank card is set aside for you and will be printed soon. You need not come.",
        ),
        "application-printed": _words(
            "Kartu Anda sudah jadi. Silakan datang ke kantor untuk mengambilnya. "
            "Bawa resi, dan surat keterangan jika pernah menerimanya.",
            "Your card is ready. Please come to the office to collect it. "
            "Bring the receipt, and the letter (suket) if you were given one.",
            "resi",
            "suket",
            must_come=True,
        ),
        "application-collected": _words(
            "Kartu Anda sudah diterima. Jika bukan Anda yang menerimanya, segera lapor ke kantor.",
            "Your card was handed over. If it was not given to you, tell the office at once.",
        ),
        "application-cancelled": _words(
            "Permohonan Anda dihentikan. Jika ini keliru, datanglah ke kantor dengan resi Anda.",
            "Your application was ended. If that is a mistake, come to the office with your receipt.",
            "resi",
        ),
        "re-recording-required": _words(
            "Rekaman lama Anda rusak dan sudah dihapus di pusat. Ini bukan kesalahan Anda. Silakan datang untuk "
            "direkam ulang. Bawa resi dan fotokopi KK; lepaskan lensa kontak dan kacamata.",
            "Your old recording was damaged and has been deleted at the centre. It is not your fault. Please come "
            "to be recorded again. Bring the receipt and a copy of the family card; take off contact lenses and "
            "glasses.",
            "resi",
            "kk",
            must_come=True,
        ),
        "review-opened": _words(
            "Permohonan Anda sedang diperiksa oleh petugas. Jangan merekam lagi di tempat lain: itu membuat data "
            "ganda. Anda belum perlu datang.",
            "An officer is looking at your application. Do not record again elsewhere: that makes a duplicate. "
            "You need not come now.",
        ),
        "suket-issued": _words(
            "Surat keterangan pengganti KTP sudah terbit dan berlaku enam bulan sambil menunggu kartu Anda.",
            "A letter in place of the card was issued; it is valid for six months while you wait for the card.",
        ),
        "suket-withdrawn": _words(
            "Surat keterangan Anda sudah ditarik dan tidak berlaku lagi. Simpan resi Anda; loket memberi "
            "PIN baru jika diminta.",
            "Your letter was withdrawn and is no longer valid. Keep your receipt; the counter gives you "
            "a new PIN if you ask.",
        ),
        "deadline-missed": _words(
            "Permohonan Anda lebih lama dari yang kami janjikan. Mohon maaf; kami sudah menegur pihak yang harus "
            "bertindak. Anda tidak perlu datang.",
            "Your application takes longer than we promised. We are sorry, and have called on those who must act. "
            "You need not come.",
        ),
        "waiting-for-blanko": _words(
            "Data Anda sudah benar, tetapi blanko kartu sedang habis. Anda tetap dalam antrean dan tidak perlu datang.",
            "Your data are right, but there are no blank cards now. You keep your place in the queue; "
            "you need not come.",
        ),
        "visit-announced": _words(
            "Petugas kami datang ke kelurahan Anda. Silakan datang ke tempat itu pada harinya, tidak perlu ke kantor. "
            "Bawa resi dan fotokopi KK; lepaskan lensa kontak dan kacamata jika direkam.",
            "Our officers come to your kelurahan. Please come to that place on that day, not to the office. "
            "Bring the receipt and a copy of the family card; take off contact lenses and glasses if you are "
            "recorded.",
            "resi",
            "kk",
            must_come=True,
        ),
        "visit-called-off": _words(
            "Kunjungan petugas yang kami umumkan batal. Mohon maaf. Jangan datang pada hari itu; kami mengumumkan "
            "kunjungan berikutnya.",
            "The visit that we announced is called off. We are sorry. Do not come on that day; we announce the "
            "next one.",
        ),
    }
)
