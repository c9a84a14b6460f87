"""The dialect ``nlets-niem``: XML with the names that Nlets publishes.

Sources: articles 21003096080 (message structure and free text), 21003096401 (RQ, RR) and 21003096776 (YQ, YR) on
service.nlets.org. A field whose element we found in none of them stands in an element of our own, ``x:Field``, in a
namespace of our own. It is none of Nlets': whoever connects a real switch maps it by the schemas that members get.

What comes is a stranger's: a document type, a processing instruction or a comment before the root is refused before a
parser sees it, and the parser loads nothing, expands nothing and follows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from alpr_core import InputError
from alpr_source_switch.message import (
    REASON,
    Message,
    check_header,
    check_query,
    check_text,
    decoded,
    in_order,
    made,
    one_line_end,
)

N2 = "http://www.nlets.org/niem/1.0"
NH2 = "http://www.nlets.org/niem/nlets-hdr/1.0"
NC = "http://niem.gov/niem/niem-core/2.0"
OURS = "urn:alpr-core:switch:1"

_PREFIXES = {"n2": N2, "nh2": NH2, "nc": NC}

_PLATE = f"{{{NC}}}Vehicle/{{{NC}}}ConveyanceRegistrationPlateIdentification"

_PATHS = {
    REASON: f"{{{N2}}}ReasonCode",
    "RNO": f"{{{N2}}}QueryRequestActivity/{{{N2}}}QueryRequestSequenceNumber",
    "OCA": f"{{{NC}}}Incident/{{{NC}}}ActivityIdentification/{{{NC}}}IdentificationID",
    "LIC": f"{_PLATE}/{{{NC}}}IdentificationID",
    "LIT": f"{_PLATE}/{{{NC}}}IdentificationCategoryText",
    "LIY": f"{_PLATE}/{{{NC}}}IdentificationExpirationDate",
}
"""Where a field stands below ``n2:NLETSInquiryData``. Every other one is an ``x:Field``."""

_HEADERS = {
    "key": "MessageKeyCodeText",
    "origin": "OriginatingORIID",
    "destination": "DestinationORIID",
    "control": "DocumentControlFieldText",
}

_START = re.compile(
    r"""(?:<\?xml\s+version\s*=\s*(["'])1\.0\1(?:\s+encoding\s*=\s*(["'])[Uu][Tt][Ff]-8\2)?"""
    r"""(?:\s+standalone\s*=\s*(["'])(?:yes|no)\3)?\s*\?>)?\s*<(?=[A-Za-z_])"""
)

_MOST_LINES = 64
"""Lines that are made of a reply in elements at the most; a longer one is cut, and says so."""


def encode_query(message: Message) -> bytes:
    """Write a query.

    Raises:
        InputError: it is malformed.
    """
    check_query(message)
    root = _envelope(message)
    body = etree.SubElement(root, f"{{{N2}}}NLETSInquiryData")
    given = dict(message.fields)
    for name, path in _PATHS.items():
        if name in given:
            _element(body, path).text = given.pop(name)
    for name, value in given.items():
        extra = etree.SubElement(body, f"{{{OURS}}}Field", {"prefix": name}, nsmap={"x": OURS})
        extra.text = value
    return _written(root)


def decode_query(body: bytes) -> Message:
    """Read a query.

    Raises:
        InputError: it is malformed, or holds anything that is not known.
    """
    root = _parsed(body)
    inquiry = _only(root, f"{{{N2}}}NLETSInquiryData")
    message = made(_header(root), fields=in_order(_fields(inquiry)))
    check_query(message)
    return message


def encode_reply(message: Message) -> bytes:
    """Write a reply with free text.

    Raises:
        InputError: it is malformed.
    """
    check_header(message, broadcast=True)
    text = check_text(message.text)
    root = _envelope(message)
    data = etree.SubElement(root, f"{{{N2}}}NLETSResponseData")
    response = etree.SubElement(data, f"{{{N2}}}ResponseText")
    response.text = text if "]]>" in text else etree.CDATA(text)
    return _written(root)


def decode_reply(body: bytes) -> Message:
    """Read a reply: its free text, or else what its elements hold, a line for each.

    Raises:
        InputError: it is malformed.
    """
    root = _parsed(body)
    data = _only(root, f"{{{N2}}}NLETSResponseData")
    texts = data.findall(f"{{{N2}}}ResponseText")
    text = "\n".join("".join(each.itertext()) for each in texts) if texts else _as_lines(data)
    message = made(_header(root), text=one_line_end(text))
    check_header(message, broadcast=True)
    return message


def _envelope(message: Message) -> Any:
    root = etree.Element(f"{{{N2}}}NLETS", {f"{{{N2}}}version": "4.00"}, nsmap=_PREFIXES)
    header = etree.SubElement(root, f"{{{N2}}}NLETSMessageHeader")
    for name, tag in _HEADERS.items():
        if value := getattr(message, name):
            etree.SubElement(header, f"{{{NH2}}}{tag}").text = value
    return root


def _element(parent: Any, path: str) -> Any:
    """Return the element at the end of a path, made together with what leads to it."""
    for tag in _steps(path):
        found = parent.find(tag)
        parent = etree.SubElement(parent, tag) if found is None else found
    return parent


def _steps(path: str) -> list[str]:
    return re.findall(r"\{[^}]*\}\w+", path)


def _written(root: Any) -> bytes:
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _parsed(body: bytes) -> Any:
    text = decoded(body)
    if _START.match(text) is None:
        raise InputError(
            "the message does not begin with its root element: no document type or the like comes before it"
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.LxmlError, ValueError):
        raise InputError("the message is no XML") from None
    if root.tag != f"{{{N2}}}NLETS":
        raise InputError("the message's root is not n2:NLETS")
    if any(not isinstance(each.tag, str) for each in root.iter()):
        raise InputError("the message names an entity")
    return root


def _only(parent: Any, tag: str) -> Any:
    found = parent.findall(tag)
    if len(found) != 1:
        raise InputError(f"{_local(tag)} is there {len(found)} times, where it belongs once")
    return found[0]


def _header(root: Any) -> dict[str, str]:
    header = _only(root, f"{{{N2}}}NLETSMessageHeader")
    values = {}
    for name, tag in _HEADERS.items():
        found = header.findall(f"{{{NH2}}}{tag}")
        if len(found) > 1:
            raise InputError(f"{tag} is there more than once")
        values[name] = (found[0].text or "").strip() if found else ""
    return values


def _fields(inquiry: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields of a query, in the order of its elements; nothing beside them is let through."""
    paths = {path: name for name, path in _PATHS.items()}
    for leaf in inquiry.iter():
        if len(leaf) or leaf is inquiry:
            continue
        value = leaf.text or ""
        if leaf.tag == f"{{{OURS}}}Field" and leaf.getparent() is inquiry:
            yield leaf.get("prefix", ""), value
            continue
        way = [leaf.tag]
        for above in leaf.iterancestors():
            if above is inquiry:
                break
            way.insert(0, above.tag)
        if "/".join(way) not in paths:
            raise InputError(f"the query holds {_local(leaf.tag)[:40]} in a place that is not known")
        yield paths["/".join(way)], value


def _as_lines(data: Any) -> str:
    """Return a reply that is in elements as lines of names and values."""
    lines = [
        f"{_local(each.tag)}: {each.text.strip()}"
        for each in data.iter()
        if not len(each) and each.text and each.text.strip()
    ]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"({len(lines) - _MOST_LINES} more lines are left out)"]
    return "\n".join(lines)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
