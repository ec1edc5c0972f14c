"""PDFs as a person holds them: the text that can be read, and where the QR code leads."""

import re

import pypdfium2
import zxingcpp


def read_paper(pdf: bytes) -> tuple[str, list[str]]:
    """Return the text of a PDF's one page, spaces as one, and the addresses of its QR codes."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    codes = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    return re.sub(r"\s+", " ", text), [code.text for code in codes]
