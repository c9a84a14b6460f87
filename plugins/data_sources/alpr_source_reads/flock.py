"""CSV files whose columns the options name: for systems whose export is described nowhere in public, as Flock's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alpr_core import Candidate, ForeignRead, InputError, RejectedRead
from alpr_source_reads import values
from alpr_source_reads.messages import csv_rows, each
from alpr_source_reads.options import FlockOptions
from alpr_source_reads.states import state_code


class Flock:
    """The data source. Fulfils `alpr_core.ReadSource`."""

    def __init__(self, options: FlockOptions) -> None:
        self.token = options.token
        self._options = options
        self._cameras = values.Cameras(options.cameras, options.camera)
        self._separator = "\t" if options.separator == "tab" else options.separator
        self._zone = None if options.timezone is None else ZoneInfo(options.timezone)

    def parse(self, content: bytes, content_type: str) -> Sequence[ForeignRead | RejectedRead]:  # noqa: ARG002
        """Return the reads of a CSV file.

        Raises:
            InputError: it is none, lacks a column that the options name, or the options name none.
        """
        columns = self._options.columns
        if not columns:
            raise InputError(
                "nobody has said what its columns mean: name them in [source.options] columns "
                "(docs/importing-reads.md)"
            )
        return each(csv_rows(content, separator=self._separator, needed=columns.values()), self._read)

    def _read(self, number: int, row: Mapping[str, str]) -> Iterator[ForeignRead]:
        given = {meaning: row[column] for meaning, column in self._options.columns.items()}
        of = 100.0 if self._options.percent else 1.0
        best = Candidate(
            text=values.plate(given["plate"]),
            confidence=values.fraction(given.get("confidence", "").strip().rstrip("%"), "confidence", of=of),
        )
        camera = values.text(given["camera"], "the camera's name")
        at = self._moment(values.text(given["captured_at"], "the time"))
        named = values.text(given.get("id"), "the id")
        yield ForeignRead(
            number=number,
            id=named or f"{camera}/{at:%Y%m%dT%H%M%S.%f}/{best.text}",
            camera=self._cameras.called(camera),
            captured_at=at,
            candidates=(best,),
            region=state_code(given.get("state", ""), self._options.country),
            position=values.position(given.get("latitude"), given.get("longitude")),
        )

    def _moment(self, written: str) -> datetime:
        try:
            moment = (
                datetime.strptime(written, self._options.time_format)  # noqa: DTZ007  its zone is the next step
                if self._options.time_format
                else datetime.fromisoformat(written)
            )
            if moment.tzinfo is None and self._zone is None:
                raise InputError("the time says no offset from UTC: set the option timezone")
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise InputError("the time is not written as the option time_format says") from None
