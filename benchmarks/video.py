"""What is seen in a street clip whose plates are known, and how fast.

    python benchmarks/video.py [--recognizer fast_alpr] [--clip CLIP] [--stride 1] [--no-peer]

Beside the clip lies a CSV of its name with the column ``plate``; ``|`` separates readings that nobody can tell
apart. A plate is found when exactly one sighting has it; every other sighting counts as further, also one of a
plate that the list leaves out because nobody can read it. Plain fast-alpr (`ALPR.predict`, as in its README) reads
the same frames over the same model files, frame by frame in turn, so that the ratio holds on a busy machine too.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_core.plugins import PluginHost
from alpr_core.vision.frames import find_sources
from alpr_core.vision.pipeline import Reader
from alpr_core.vision.tracker import Tracker
from alpr_core.weights import models_folder, read_pins

if TYPE_CHECKING:
    from alpr_core.models import Image, Sighting


class Stopwatch:
    """Adds up the time of what it is wrapped around."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._begun


def plain_fast_alpr() -> Callable[[Image], Any]:
    from fast_alpr import ALPR
    from open_image_models import create_detector

    from alpr_recognizer_fast_alpr import MODELS

    files = read_pins(MODELS).verified(models_folder())
    detector = create_detector(files["detector"], backend="yolo_v9", class_labels=("License Plate",))
    return ALPR(detector=detector, ocr_model_path=files["ocr"], ocr_config_path=files["ocr-config"]).predict


def listed_plates(clip: Path) -> list[list[str]]:
    with clip.with_suffix(".csv").open(newline="", encoding="utf-8") as opened:
        return [row["plate"].split("|") for row in csv.DictReader(opened)]


def print_reads(listed: Sequence[Sequence[str]], found: Sequence[Sighting]) -> None:
    texts = [sighting.reading.text for sighting in found]
    once = [ways for ways in listed if sum(text in ways for text in texts) == 1]
    known = {text for ways in listed for text in ways}
    print(f"{'plate':<10}{'sure':>7}{'frames':>8}   first to last seen")
    for sighting in found:
        reading = sighting.reading
        mark = "" if reading.text in known else "   further"
        print(
            f"{reading.text:<10}{reading.confidence:>7.1%}{sighting.frames:>8}"
            f"   {sighting.first_seen:%M:%S.%f} to {sighting.last_seen:%M:%S.%f}{mark}"
        )
    print(
        f"found once: {len(once)} of {len(listed)} listed; further: {sum(text not in known for text in texts)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    clip = Path(__file__).resolve().parents[2] / "shared" / "video" / "street-es.mp4"
    parser.add_argument("--clip", type=Path, default=clip)
    parser.add_argument("--recognizer", default="fast_alpr")
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true", help="without plain fast-alpr beside it")
    arguments = parser.parse_args()

    (source,) = find_sources(
        arguments.clip, taken_at=datetime(2026, 1, 1, tzinfo=UTC), stride=arguments.stride
    )
    reader, tracker = Reader(PluginHost.load().recognizer(arguments.recognizer)), Tracker()
    peer = None if arguments.no_peer else plain_fast_alpr()
    decoding, reading, following, peering = Stopwatch(), Stopwatch(), Stopwatch(), Stopwatch()
    found: list[Sighting] = []
    peer_texts: set[str] = set()
    count = 0
    frames = source.frames()
    while True:
        with decoding:
            frame = next(frames, None)
        if frame is None:
            break
        count += 1
        with reading:
            readings = reader.read(frame)
        with following:
            found += tracker.add(frame, readings)
        if peer is not None:
            with peering:
                results = peer(frame.image)
            peer_texts |= {result.ocr.text for result in results if result.ocr and result.ocr.text}
    found += tracker.close()

    print_reads(listed_plates(arguments.clip), found)
    ours = decoding.seconds + reading.seconds + following.seconds
    print(
        f"\n{count} frames at stride {arguments.stride}: {count / ours:.1f} frames/s; a frame's milliseconds:"
    )
    for what, watch in (("decode", decoding), ("detect and read", reading), ("follow and vote", following)):
        print(f"  {what:<16}{1000 * watch.seconds / count:8.2f}")
    if peer is not None:
        theirs = decoding.seconds + peering.seconds
        print(f"plain fast-alpr: {count / theirs:.1f} frames/s, {len(peer_texts)} different strings")
        print(f"speed: {theirs / ours:.2f} of plain fast-alpr")


if __name__ == "__main__":
    main()
