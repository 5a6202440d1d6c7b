"""PDF -> document, page by page."""

from __future__ import annotations

import re
import threading

from agent.errors import DocumentError
from agent.retrieval.readers import Block, Document, clean
from agent.retrieval.sentences import sentences

# PDFium keeps global state and is not safe to call from two threads.
_PDFIUM = threading.Lock()
# PDFium leaves U+0002 for the hyphen it takes out at the end of a line.
_HYPHENATED = re.compile(r"\x02(?:\r?\n)?|(?<=[^\W\d_])[-\u00ad]\r?\n(?=[a-zß-öø-ÿ])")


def pdf_document(data: bytes, title: str) -> Document:
    """Read the text layer; a block per page, its `line` the page number.

    Raises DocumentError when the file is encrypted, damaged or has no text layer.
    """
    with _PDFIUM:
        named, pages = _extract(data)
    blocks: list[Block] = []
    for number, text in enumerate(pages, start=1):
        body = clean(_HYPHENATED.sub("", text))
        if not body:
            continue
        last = blocks[-1] if blocks else None
        if last and last.text[-1] not in '.!?…:"”' and body[0].islower():
            # A sentence that runs over the page break stays whole, on the page it began.
            rest_of_sentence = sentences(body)[0]
            blocks[-1] = Block(f"{last.text} {rest_of_sentence}", last.line)
            body = body[len(rest_of_sentence) :].strip()
        if body:
            blocks.append(Block(body, number))
    if not blocks:
        raise DocumentError(f"no text layer in {len(pages)} pages: a scan needs text recognition (OCR) first")
    return Document(clean(named) or title, tuple(blocks))


def _extract(data: bytes) -> tuple[str, list[str]]:
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        raise DocumentError("encrypted PDF: save a copy without a password" if locked else "damaged PDF") from None
    try:
        title = pdf.get_metadata_value("Title")
        pages = []
        for page in pdf:
            text_page = page.get_textpage()
            pages.append(text_page.get_text_bounded())
            text_page.close()
            page.close()
    except pypdfium2.PdfiumError:
        raise DocumentError("damaged PDF") from None
    finally:
        pdf.close()
    return title, pages
