"""Genetec AutoVu: the XML that a Sharp camera sends or writes, one ``AutoVu`` a read.

The tags are those of Genetec's template ("Metadata reference for license plate reads"), which can be changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alpr_core import Candidate, ForeignRead, InputError, RejectedRead
from alpr_source_reads import values
from alpr_source_reads.messages import each
from alpr_source_reads.options import GenetecOptions
from alpr_source_reads.states import state_code

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

READ = "AutoVu"

PERCENT = 100.0

_DATE = re.compile(r"\d{4}[:/-]\d{2}[:/-]\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}:\d{2}(\.\d{1,6})?")


class Genetec:
    """The data source. Fulfils `alpr_core.ReadSource`."""

    def __init__(self, options: GenetecOptions) -> None:
        self.token = options.token
        self._cameras = values.Cameras(options.cameras, options.camera)
        self._country = options.country

    def parse(self, content: bytes, content_type: str) -> Sequence[ForeignRead | RejectedRead]:  # noqa: ARG002
        """Return the read of one document, or each of those inside another element.

        Raises:
            InputError: it is no XML, has a document type, or holds no read.
        """
        root = _root(content)
        found = [root] if root.tag == READ else root.findall(READ)
        if not found:
            raise InputError("it holds no element AutoVu")
        return each(enumerate(found, start=1), self._read)

    def _read(self, number: int, element: Any) -> Iterator[ForeignRead]:
        def said(tag: str) -> str:
            return values.text(element.findtext(tag), tag)

        best = Candidate(
            text=values.plate(element.findtext("Plate") or "", "Plate"),
            confidence=values.fraction(said("ConfidenceScore").rstrip("%"), "ConfidenceScore", of=PERCENT),
        )
        # "Context Camera" is what every Sharp calls its own: the unit's name belongs to it.
        unit = " ".join(filter(None, (said("SourceName"), said("CameraName"))))
        at = _moment(said("UTCDate"), said("UTCTime"))
        yield ForeignRead(
            number=number,
            id=said("Guid") or f"{unit}/{at:%Y%m%dT%H%M%S.%f}/{best.text}",
            camera=self._cameras.called(unit),
            captured_at=at,
            candidates=(best,),
            region=state_code(said("State"), self._country),
            position=values.position(said("LatitudeY"), said("LongitudeX")),
            pictures=values.pictures(
                frame=values.picture(element.findtext("ContextImage")),
                plate=values.picture(element.findtext("PlateImage")),
            ),
        )


def _root(content: bytes) -> Element:
    """Return the document's element; a document type is refused, and with it every entity that it could define."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise InputError("it has a document type, and none is read that has one") from None
    except (
        ParseError,
        ValueError,
        LookupError,
        RecursionError,
    ):  # LookupError: an encoding that nobody knows
        raise InputError("it is no XML") from None
    return root


def _moment(date: str, time: str) -> datetime:
    if not _DATE.fullmatch(date) or not _TIME.fullmatch(time):
        raise InputError("UTCDate and UTCTime are not written as 2026:11:23 and 14:00:00.000")
    try:
        day = datetime.fromisoformat(re.sub(r"\D", "-", date))
        clock = datetime.strptime(time.partition(".")[0], "%H:%M:%S")  # noqa: DTZ007  the tag says that it is UTC
    except ValueError:
        raise InputError("UTCDate and UTCTime are no time") from None
    microsecond = int(time.partition(".")[2].ljust(6, "0"))
    return datetime.combine(day, clock.time(), UTC).replace(microsecond=microsecond)
