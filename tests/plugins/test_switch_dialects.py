"""How messages to and from a switch are written: as published, there and back, and nothing hostile gets through."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core import InputError
from alpr_source_switch import niem, text
from alpr_source_switch.framing import Frame, FrameKind, LengthPrefixed
from alpr_source_switch.message import FIELDS, LONGEST, PARTIAL, REASON, Message, in_order

DIALECTS = {"nlets-text": text, "nlets-niem": niem}
both = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)

ORIS = st.from_regex(r"\A[A-Z0-9]{9}\Z")
PLACES = st.from_regex(r"\A(?:[A-Z0-9]{2}|[A-Z0-9]{9})\Z")
CONTROLS = st.from_regex(r"\A[A-Z0-9]{1,10}\Z")
OF_ALL_DIALECTS = {name: st.from_regex(rf"\A(?:{pattern.pattern})\Z") for name, pattern in FIELDS.items()}
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=300
).filter(lambda text: not {"\ufffe", "\uffff"} & set(text))


@st.composite
def queries(draw, *, reason):
    names = draw(st.lists(st.sampled_from(list(FIELDS)), min_size=1, unique=True))
    fields = {name: draw(OF_ALL_DIALECTS[name]) for name in names}
    key = draw(st.sampled_from(["RQ", "QV", "YQ", "RPQ", "ZZ1"]))
    if key in ("RPQ", "ZZ1") and "LIC" in fields:
        fields["LIC"] = draw(st.from_regex(rf"\A{PARTIAL.pattern}\Z"))
    if reason and draw(st.booleans()):
        fields[REASON] = draw(st.sampled_from("NFVTSHI"))
    if draw(st.booleans()):
        fields["OPR"] = draw(st.from_regex(r"\A[A-Z0-9]{1,20}\Z"))
    return Message(
        key=key,
        origin=draw(ORIS),
        destination=draw(PLACES),
        control=draw(CONTROLS),
        fields=in_order(fields.items()),
    )


REPLIES = st.builds(
    Message,
    key=st.sampled_from(["RR", "RPR", "QV", "YR", "SM", "AM", "ER", "TXT"]),
    origin=PLACES,
    destination=PLACES,
    control=CONTROLS | st.just(""),
    text=TEXTS,
)


# --- there and back ----------------------------------------------------------------------------------------


@given(queries(reason=False))
def test_a_query_as_text_is_read_as_it_was_written(query):
    assert text.decode_query(text.encode_query(query)) == query


@given(queries(reason=True))
def test_a_query_in_xml_is_read_as_it_was_written(query):
    assert niem.decode_query(niem.encode_query(query)) == query


@both
@given(reply=REPLIES)
def test_a_reply_is_read_as_it_was_written(dialect, reply):
    assert dialect.decode_reply(dialect.encode_reply(reply)) == reply


@both
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(lambda each: each.encode("utf-8", "replace")))
def test_what_is_no_message_is_refused_and_nothing_else_happens(dialect, body):
    for decode in (dialect.decode_query, dialect.decode_reply):
        with contextlib.suppress(InputError):
            decode(body)


@both
@given(reply=REPLIES, data=st.data())
def test_a_reply_with_one_byte_changed_is_read_or_refused(dialect, reply, data):
    body = bytearray(dialect.encode_reply(reply))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        assert isinstance(dialect.decode_reply(bytes(body)).text, str)


# --- as published ------------------------------------------------------------------------------------------


def test_a_registration_query_as_text_looks_as_published():
    query = Message(
        key="RQ",
        origin="AZNLETS20",
        destination="WA",
        control="A1B2",
        fields=(("LIC", "SIM123"), ("LIY", "2027"), ("LIT", "PC")),
    )
    assert text.encode_query(query) == b"RQ.AZNLETS20.WA.A1B2.TXT\r\nLIC/SIM123.LIY/2027.LIT/PC"


@pytest.mark.parametrize("after", ["", "\r\n", "\r\n\x7f", "\n"])
def test_line_ends_and_the_last_period_are_optional_as_published(after):
    query = text.decode_query(f"LPQ.AZNLETS20.AL.X1.TXT{after}EID/1234567890.DAT/20120612.".encode())
    assert query.key == "LPQ"
    assert query.fields == (("EID", "1234567890"), ("DAT", "20120612"))


def test_a_registration_query_in_xml_has_the_published_names():
    query = Message(
        key="RQ",
        origin="AZNLETS20",
        destination="WA",
        control="A1B2",
        fields=((REASON, "V"), ("LIC", "SIM123"), ("LIY", "2027"), ("LIT", "PC")),
    )
    expected = (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<n2:NLETS xmlns:n2="http://www.nlets.org/niem/1.0" xmlns:nh2="http://www.nlets.org/niem/nlets-hdr/1.0" '
        'xmlns:nc="http://niem.gov/niem/niem-core/2.0" n2:version="4.00"><n2:NLETSMessageHeader>'
        "<nh2:MessageKeyCodeText>RQ</nh2:MessageKeyCodeText><nh2:OriginatingORIID>AZNLETS20</nh2:OriginatingORIID>"
        "<nh2:DestinationORIID>WA</nh2:DestinationORIID>"
        "<nh2:DocumentControlFieldText>A1B2</nh2:DocumentControlFieldText></n2:NLETSMessageHeader>"
        "<n2:NLETSInquiryData><n2:ReasonCode>V</n2:ReasonCode><nc:Vehicle>"
        "<nc:ConveyanceRegistrationPlateIdentification><nc:IdentificationID>SIM123</nc:IdentificationID>"
        "<nc:IdentificationCategoryText>PC</nc:IdentificationCategoryText>"
        "<nc:IdentificationExpirationDate>2027</nc:IdentificationExpirationDate>"
        "</nc:ConveyanceRegistrationPlateIdentification></nc:Vehicle></n2:NLETSInquiryData></n2:NLETS>"
    )
    assert niem.encode_query(query).decode() == expected


def xml(data, *, before="", control="A1", header=""):
    return (
        f'{before}<a:NLETS xmlns:a="http://www.nlets.org/niem/1.0" xmlns:h="http://www.nlets.org/niem/nlets-hdr/1.0">'
        "<a:NLETSMessageHeader><h:MessageKeyCodeText>RR</h:MessageKeyCodeText>"
        "<h:OriginatingORIID>OR</h:OriginatingORIID><h:DestinationORIID>OR0000000</h:DestinationORIID>"
        f"<h:DocumentControlFieldText>{control}</h:DocumentControlFieldText>{header}</a:NLETSMessageHeader>"
        f"{data}</a:NLETS>"
    ).encode()


def response(words):
    return f"<a:NLETSResponseData><a:ResponseText>{words}</a:ResponseText></a:NLETSResponseData>"


def test_a_reply_with_other_prefixes_and_more_in_its_header_is_read():
    more = "<h:MessageSendDate>2026-11-23</h:MessageSendDate><h:SendMessageNumeric>7</h:SendMessageNumeric>"
    reply = niem.decode_reply(xml(response("<![CDATA[LIC/SIM1 <&>]]>"), header=more))
    assert (reply.key, reply.control, reply.text) == ("RR", "A1", "LIC/SIM1 <&>")


def test_a_standardised_response_is_read_as_lines():
    data = "<a:Vehicle><a:Make>FORD</a:Make><a:Year> 2019 </a:Year><a:No/></a:Vehicle>"
    assert (
        niem.decode_reply(xml(f"<a:NLETSResponseData>{data}</a:NLETSResponseData>")).text
        == "Make: FORD\nYear: 2019"
    )


# --- hostile -----------------------------------------------------------------------------------------------

BOMB = (
    "<!DOCTYPE x ["
    + '<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 12))
)
HOSTILE_XML = {
    "a bomb of entities": xml(response("&a11;"), before=BOMB + "]>"),
    "a file": xml(response("&f;"), before='<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
    "a document type": xml(response("x"), before='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'),
    "one behind an instruction": xml(response("x"), before="<?x <a?><!DOCTYPE x []>"),
    "one behind a comment": xml(response("x"), before="<!-- <a --><!DOCTYPE x []>"),
    "one behind the declaration": xml(response("x"), before='<?xml version="1.0"?><!DOCTYPE x []>'),
    "an unknown entity": xml(response("&nbsp;")),
    "another encoding": xml(response("x"), before='<?xml version="1.0" encoding="UTF-16"?>')
    .decode()
    .encode("utf-16"),
    "an encoding that is not its own": xml(response("x"), before='<?xml version="1.0" encoding="UTF-7"?>'),
    "a NUL": xml(response("a\0b")),
    "a NUL as a reference": xml(response("a&#0;b")),
    "too deep": xml(response("<a:b>" * 5000 + "</a:b>" * 5000)),
    "too long": xml(response("x" * LONGEST)),
    "another root": b"<NLETS/>",
    "no header": b'<a:NLETS xmlns:a="http://www.nlets.org/niem/1.0"/>',
    "no response": xml(""),
    "two responses": xml(response("x") + response("y")),
    "two control fields": xml(
        response("x"), header="<h:DocumentControlFieldText>B2</h:DocumentControlFieldText>"
    ),
    "a control field with a blank": xml(response("x"), control="A 1"),
    "a cut end": xml(response("x"))[:-3],
}


@pytest.mark.parametrize("body", HOSTILE_XML.values(), ids=HOSTILE_XML)
def test_hostile_xml_is_refused(body):
    with pytest.raises(InputError):
        niem.decode_reply(body)


def test_an_inclusion_is_not_followed():
    data = response(
        '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    )
    assert niem.decode_reply(xml(data)).text == ""


HOSTILE_QUERIES = {
    "a blank in a plate": "RQ.OR0000000.OR.A1.TXT\r\nLIC/SIM 123",
    "a hyphen in a plate": "RQ.OR0000000.OR.A1.TXT\r\nLIC/SIM-123",
    "a wildcard where none may be": "RQ.OR0000000.OR.A1.TXT\r\nLIC/SIM?23",
    "a plate that is too long": "RQ.OR0000000.OR.A1.TXT\r\nLIC/SIM12345678",
    "a blank field": "YQ.OR0000000.WA0000000.A1.TXT\r\nRTY/SL.LIC/",
    "a field twice": "RQ.OR0000000.OR.A1.TXT\r\nLIC/SIM1.LIC/SIM2",
    "no field": "RQ.OR0000000.OR.A1.TXT\r\n",
    "a prefix that is none": "RQ.OR0000000.OR.A1.TXT\r\nlic/SIM1",
    "another request number": "YQ.OR0000000.WA0000000.A1.TXT\r\nRNO/4",
    "another priority": "YQ.OR0000000.WA0000000.A1.TXT\r\nPRI/X",
    "no control field": "RQ.OR0000000.OR.TXT\r\nLIC/SIM1",
    "a control field that is too long": "RQ.OR0000000.OR.A1234567890.TXT\r\nLIC/SIM1",
    "an ORI that is none": "RQ.OR00000.OR.A1.TXT\r\nLIC/SIM1",
    "no header": "LIC/SIM1",
    "a NUL": "RQ.OR0000000.OR.A1.TXT\r\nLIC/SIM1\0",
}


@pytest.mark.parametrize("body", HOSTILE_QUERIES.values(), ids=HOSTILE_QUERIES)
def test_a_malformed_query_is_refused_without_a_word_of_what_it_holds(body):
    with pytest.raises(InputError) as caught:
        text.decode_query(body.encode())
    assert "SIM" not in caught.value.message


def test_a_query_in_xml_with_something_unknown_is_refused():
    good = Message(key="RQ", origin="OR0000000", destination="OR", control="A1", fields=(("LIC", "SIM1"),))
    body = niem.encode_query(good).replace(b"</nc:Vehicle>", b"<nc:Colour>BLK</nc:Colour></nc:Vehicle>")
    with pytest.raises(InputError, match="Colour"):
        niem.decode_query(body)


@both
@pytest.mark.parametrize("value", ["", "SIM 1", "SIM-1", "sim1", "SIM1.LIT/PC", "SIM1\r\nX", "<a/>", "É1"])
def test_no_field_can_be_written_that_is_read_as_another(dialect, value):
    query = Message(key="RQ", origin="OR0000000", destination="OR", control="A1", fields=(("LIC", value),))
    with pytest.raises(InputError):
        dialect.encode_query(query)


# --- frames ------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 7))
def test_frames_are_found_however_they_are_cut(contents, size):
    framing = LengthPrefixed()
    wire = b"".join(framing.wrap(Frame(FrameKind.MESSAGE, content)) for content in contents)
    pieces = [wire[at : at + size] for at in range(0, len(wire), size)]
    assert [frame.content for piece in pieces for frame in framing.feed(piece)] == contents


@pytest.mark.parametrize("wire", [b"\0\0\0\0", b"\x06\0\0\0M", b"HTTP/1.1 400", b"\0\0\0\x01X"])
def test_what_is_no_frame_is_refused_before_it_is_waited_for(wire):
    with pytest.raises(InputError):
        list(LengthPrefixed().feed(wire))
