"""What is taken and what is not: by content, whole, and one thing only."""

import zipfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.files import kinds, names
from backoffice.files.kinds import KINDS, LARGEST
from backoffice.files.unfit import Unfit
from tests.files import MADE, chunk, jpeg, packed, pdf, png, segment

WHOLE = {"a.pdf": pdf(), "a.png": png(), "a.jpg": jpeg()}
HTML = b"<html><body><script>alert(1)</script></body></html>"


def archive(*, remark: bytes = b"") -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("a.txt", "a")
        made.comment = remark
    return packed.getvalue()


def taken(content: bytes, name: str) -> bool:
    try:
        kinds.of(content, name=name)
    except Unfit:
        return False
    return True


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_taken_for_what_it_is(name):
    assert kinds.of(WHOLE[name], name=name.upper()).endings[0] == f".{name.rpartition('.')[2]}"


def test_pdfs_as_programs_write_them_are_taken():
    tabled = pdf().replace(b"%PDF-1.4\n", b"%PDF-1.7\r").replace(b"%%EOF\n", b"%%EOF\r\n")
    streamed = pdf().replace(b"xref\n0 5", b"9 0 obj")
    with_objects = pdf(objects=packed(b"1 0 << /Type /Font /Subtype /Type1 >>"))
    bare = pdf(objects=b"9 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Length 4 >>\nstream\n1 0 \nendstream\nendobj\n")
    linked = pdf(objects=b"9 0 obj\n<< /S /URI /URI (https://bank.example/) >>\nendobj\n")

    for content in (tabled, streamed, with_objects, bare, linked):
        assert taken(content, "a.pdf")


def test_pictures_as_programs_write_them_are_taken():
    assert taken(png(more=chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"tEXt", b"Software\0Scanner")), "a.png")
    assert taken(jpeg(more=segment(0xFE, b"by a phone") + segment(0xDB, bytes(65)) + b"\xff\xff"), "a.jpeg")
    assert taken(png(width=8000, height=8000), "a.png")


OTHERS = {
    "nothing": b"",
    "a page": HTML,
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "an archive": archive(),
    "a program": b"MZ\x90\x00" + bytes(100),
    "a gif": b"GIF89a" + bytes(30),
    "text": b"%!PS-Adobe",
    "a head alone": b"%PDF-1.7\n",
    "a signature alone": png()[:8],
    "a beginning alone": jpeg()[:3],
    "too large": b"%PDF-1.4\n" + bytes(LARGEST),
}


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("name", WHOLE)
def test_what_is_none_of_the_kinds_is_not_taken_whatever_it_is_called(what, name):
    assert not taken(OTHERS[what], name)


@pytest.mark.parametrize("content", WHOLE)
@pytest.mark.parametrize("name", [*WHOLE, "a.html", "a.svg", "a.pdf.exe", "a"])
def test_the_name_says_what_the_content_is(content, name):
    assert taken(WHOLE[content], name) == (content == name)


# Two things at once.

BEHIND = {
    "an archive": archive(),
    "a page": HTML,
    "a byte": b"\0",
    "a line": b"\n" * 9,
    "a pdf": pdf(),
    "a picture": png(),
}


@pytest.mark.parametrize("what", BEHIND)
@pytest.mark.parametrize("name", WHOLE)
def test_nothing_stands_behind_the_end(name, what):
    assert not taken(WHOLE[name] + BEHIND[what], name)


INSIDE = {
    "an archive": archive(),
    "a page": HTML,
    "a program": b"<?php system($_GET[0]); __HALT_COMPILER();",
    "7z": b"7z\xbc\xaf\x27\x1c",
}


@pytest.mark.parametrize("what", INSIDE)
@pytest.mark.parametrize(
    ("name", "wrap"),
    [
        ("a.png", lambda inside: png(more=chunk(b"tEXt", inside))),
        ("a.jpg", lambda inside: jpeg(more=segment(0xFE, inside))),
        (
            "a.pdf",
            lambda inside: pdf(objects=b"9 0 obj\n<< /Length 9 >>\nstream\n" + inside + b"\nendstream\nendobj\n"),
        ),
    ],
)
def test_nothing_else_stands_inside(name, wrap, what):
    assert taken(wrap(b"what a scanner says of itself"), name)
    assert not taken(wrap(INSIDE[what]), name)


def test_no_pdf_stands_inside_a_picture():
    assert not taken(png(more=chunk(b"tEXt", pdf())), "a.png")
    assert not taken(jpeg(more=segment(0xFE, pdf())), "a.jpg")


def test_an_archive_whose_remark_is_the_rest_of_the_file_is_found():
    end = png()[-12:]
    assert not taken(png(more=chunk(b"tEXt", archive(remark=b"x" * 40)))[: -len(end)] + end, "a.png")


# Pictures.


@pytest.mark.parametrize(
    "content",
    [
        png(width=0),
        png(width=20_001),
        png(width=20_000, height=20_000),
        png(width=2**32 - 1, height=2**32 - 1),
        png().replace(b"IDAT", b"IDAU"),
        png()[:-1],
        png(more=chunk(b"ABCD", b"")),
        png(more=chunk(b"IHDR", bytes(13))),
        png(more=chunk(b"IDAT", b"") + chunk(b"tEXt", b"")),
        png()[:-1] + b"\0",
        png().replace(b"IEND", b"IENd"),
    ],
)  # fmt: skip
def test_a_png_that_is_not_whole_or_too_large_to_show_is_not_taken(content):
    assert not taken(content, "a.png")


@pytest.mark.parametrize(
    "content",
    [
        jpeg(width=0),
        jpeg(height=0),
        jpeg(width=65_535, height=65_535),
        jpeg()[:-2],
        jpeg().replace(b"\xff\xc0", b"\xff\xc3"),
        jpeg(more=segment(0xDA, bytes(6)) + b"\x12"),
        jpeg(more=segment(0xC0, b"\x08\0\1\0\1\1\1\x11\0")),
        jpeg(more=b"\xff\xd8"),
        jpeg(more=b"\xff\xfe\x00\x01"),
        jpeg(more=b"\xff\xfe\xff\xff"),
        b"\xff\xd8" + segment(0xE0, b"JFIF\0") + b"\xff\xd9",
    ],
)  # fmt: skip
def test_a_jpeg_that_is_not_whole_or_too_large_to_show_is_not_taken(content):
    assert not taken(content, "a.jpg")


def test_a_picture_that_would_unpack_to_gigabytes_is_refused_by_its_head_and_not_unpacked():
    bomb = png(width=19_999, height=19_999)

    with pytest.raises(Unfit, match="19,999"):
        kinds.of(bomb, name="bomb.png")


# PDFs.

ACTS = [
    b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
    b"/AA << /O << /S /J#61vaScript /JS 7 0 R >> >>",
    b"/A << /S /#4c#61unch /F (cmd.exe) >>",
    b"/Names << /EmbeddedFiles 7 0 R >>",
    b"/Type /EmbeddedFile",
    b"/A << /S/SubmitForm/F(https://evil.example) >>",
    b"/AcroForm << /XFA 7 0 R >>",
    b"/A << /S /GoToR /F (\\\\\\\\evil\\\\share) >>",
    b"/Subtype/RichMedia",
    b"/Encrypt 7 0 R",
]


@pytest.mark.parametrize("act", ACTS)
def test_a_pdf_that_acts_is_not_taken_where_it_says_so_openly(act):
    assert not taken(pdf(objects=b"9 0 obj\n<< " + act + b" >>\nendobj\n"), "a.pdf")
    assert not taken(pdf(trailer=act), "a.pdf")


@pytest.mark.parametrize("act", ACTS)
def test_nor_where_it_is_packed(act):
    assert not taken(pdf(objects=packed(b"1 0 << " + act + b" >>")), "a.pdf")


@pytest.mark.parametrize(
    "hidden",
    [
        b"/Type /ObjStm /Filter /ASCIIHexDecode",
        b"/Type /ObjStm /Filter [/FlateDecode /ASCII85Decode]",
        b"/Type /ObjStm /Filter 8 0 R",
        b"/Type /ObjStm /Filter /FlateDecode /Filter /LZWDecode",
        b"/Type /ObjStm /Fi#6cter /LZWDecode",
        b"/Type /ObjStm /Filter /FlateDecode /DecodeParms << /Predictor 12 >>",
        b"/Type /ObjStm /F (elsewhere.bin)",
        b"/Type 8 0 R >>\nendobj\n8 0 obj /ObjStm endobj 10 0 obj << /Filter /FlateDecode",
    ],
)
def test_objects_that_cannot_be_looked_into_are_not_taken(hidden):
    assert not taken(pdf(objects=packed(b"1 0 << >>", dictionary=hidden)), "a.pdf")


def test_what_unpacks_to_too_much_is_not_unpacked():
    bomb = packed(bytes(40_000_000))

    assert len(bomb) < 100_000
    assert not taken(pdf(objects=bomb), "a.pdf")
    assert not taken(pdf(objects=packed(bytes(4_000_000)) * 9), "a.pdf")
    cut = packed(b"1 0 << >>").replace(zlib.compress(b"1 0 << >>"), zlib.compress(b"1 0 << >>")[:-5])
    assert not taken(pdf(objects=cut), "a.pdf")


@pytest.mark.parametrize(
    "content",
    [
        pdf().replace(b"%%EOF", b""),
        pdf().replace(b"startxref\n", b"startxref\n9"),
        pdf()[1:],
        b"\n" + pdf(),
        pdf().replace(b"%PDF-1.4", b"%PDF-9.9"),
        pdf() + b" " * 64,
    ],
)
def test_a_pdf_that_is_not_whole_is_not_taken(content):
    assert not taken(content, "a.pdf")


# Whatever a machine thinks up.

NAMES = st.sampled_from(list(WHOLE))


@given(st.binary(max_size=400), NAMES)
def test_no_bytes_break_the_look(content, name):
    for kind in KINDS:
        taken(kind.begins + content, name)


@given(NAMES, st.data())
def test_a_file_with_a_few_other_bytes_breaks_nothing(name, data):
    content = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    taken(bytes(content), name)


@given(NAMES, st.integers(0, 400))
def test_a_file_that_was_cut_is_not_taken(name, length):
    content = WHOLE[name]

    assert not taken(content[: min(length, len(content) - 2)], name)


@given(NAMES, st.binary(min_size=1, max_size=200).filter(lambda tail: tail.strip()))
def test_a_file_with_anything_behind_it_is_not_taken(name, tail):
    assert not taken(WHOLE[name] + tail, name)


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from(["a.png", "a.jpg"]))
def test_an_archive_inside_a_picture_is_found_wherever_it_lies(before, behind, name):
    inside = before + archive() + behind
    content = png(more=chunk(b"tEXt", inside)) if name == "a.png" else jpeg(more=segment(0xFE, inside))

    assert not taken(content, name)


@given(st.sampled_from([act for act in ACTS if b"#" not in act]), st.data())
def test_a_name_is_found_however_its_letters_are_spelt(act, data):
    spelt = b"".join(
        b"#%02x" % letter if bytes([letter]).isalpha() and data.draw(st.booleans()) else bytes([letter])
        for letter in act
    )

    assert not taken(pdf(objects=b"9 0 obj\n<< " + spelt + b" >>\nendobj\n"), "a.pdf")


# Names.


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("swift-88412.pdf", "swift-88412.pdf"),
        ("../../etc/x.pdf", "x.pdf"),
        ("C:\\Users\\mia\\Überweisung.pdf", "Überweisung.pdf"),
        (" Kontoauszug 11.pdf ", "Kontoauszug 11.pdf"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("كشف حساب.pdf", "كشف حساب.pdf"),
    ],
)
def test_a_name_is_its_last_part(given_, kept):
    assert names.fit(given_) == kept


@pytest.mark.parametrize(
    "given_", ["", ".", "..", ".pdf", "x", "x.pdf\r\nSet-Cookie: a=b.pdf", "a\u202efdp.pdf", "a\0.pdf", "a\ud800.pdf"]
)
def test_a_name_that_cannot_be_read_as_it_is_written_is_refused(given_):
    with pytest.raises(Unfit):
        names.fit(given_)


@given(st.text(max_size=300))
def test_no_name_is_a_path_or_longer_than_it_may_be(given_):
    try:
        kept = names.fit(given_)
    except Unfit:
        return
    assert not set(kept) & {"/", "\\", "\n", "\r", "\0"}
    assert 0 < len(kept) <= names.LONGEST
    assert names.fit(kept) == kept


def test_each_kind_is_made_for_the_tests():
    assert set(MADE) == {kind.type for kind in KINDS}
