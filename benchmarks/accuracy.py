"""How well a recognizer reads photographs whose plates are known.

    python benchmarks/accuracy.py --recognizer fast_alpr --images ../shared/images/us --peer

The folder holds the photographs and a ``labels.csv`` with the columns ``file`` and ``plate``. A photograph counts
when some plate reported for it equals its label. ``--peer`` runs fast-alpr as its own README does, over the same
model files in the same process, so that the ratio of the times holds on any machine.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from alpr_core import Frame, plates
from alpr_core.plugins import PluginHost
from alpr_core.weights import models_folder

if TYPE_CHECKING:
    from alpr_core.models import Image

TEN = 10

Answer = Sequence[Sequence[str]]
"""For each plate reported, its candidates, best first."""


@dataclass(frozen=True)
class Figures:
    photos: int
    top1: int
    within_ten: int
    wrong: int
    milliseconds: float

    def row(self, name: str) -> str:
        return (
            f"{name:<22}{self.photos:>8}{self.top1 / self.photos:>10.1%}{self.within_ten / self.photos:>12.1%}"
            f"{self.wrong / self.photos:>16.3f}{self.milliseconds:>12.1f}"
        )


def photos(folder: Path) -> Iterator[tuple[str, str, Image]]:
    """Yield file, label and image of each photograph."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as opened:
        for row in csv.DictReader(opened):
            image = cv2.imread(str(folder / row["file"]), cv2.IMREAD_COLOR)
            if image is None:
                raise SystemExit(f"{folder / row['file']} cannot be read")
            yield row["file"], plates.normalize(row["plate"]), image


def measure(folder: Path, ask: Callable[[str, Image], Answer], misses: bool = False) -> Figures:
    """Ask about every photograph and count."""
    top1 = within = wrong = 0
    times = []
    for file, label, image in photos(folder):
        begun = time.perf_counter()
        answer = ask(file, image)
        times.append((time.perf_counter() - begun) * 1000)
        first = any(texts[0] == label for texts in answer)
        top1 += first
        within += any(label in texts[:TEN] for texts in answer)
        wrong += sum(label not in texts[:TEN] for texts in answer)
        if misses and not first:
            print(f"  {file}: {label}, read {[list(texts[:3]) for texts in answer]}")
    return Figures(len(times), top1, within, wrong, statistics.mean(times))


def ours(name: str) -> Callable[[str, Image], Answer]:
    """Return a recognizer with its candidates weighed as the pipeline weighs them."""
    host = PluginHost.load()
    recognizer = host.recognizer(name)
    book = plates.published().extended(host.plate_syntaxes())

    def ask(file: str, image: Image) -> Answer:
        readings = recognizer.recognize(Frame(source=file, taken_at=datetime.now(UTC), image=image))
        return [[c.text for c in plates.weigh(r.candidates, r.region, book)] for r in readings]

    return ask


def peer() -> Callable[[str, Image], Answer]:
    """Return plain fast-alpr over the installed model files: one string for each plate."""
    from fast_alpr import ALPR
    from open_image_models import create_detector

    from alpr_core.weights import read_pins
    from alpr_recognizer_fast_alpr import MODELS

    files = read_pins(MODELS).verified(models_folder())
    detector = create_detector(files["detector"], backend="yolo_v9", class_labels=("License Plate",))
    alpr = ALPR(detector=detector, ocr_model_path=files["ocr"], ocr_config_path=files["ocr-config"])

    def ask(_file: str, image: Image) -> Answer:
        return [[found.ocr.text] for found in alpr.predict(image) if found.ocr and found.ocr.text]

    return ask


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recognizer", required=True)
    parser.add_argument("--images", type=Path, default=Path(__file__).parents[2] / "shared" / "images" / "us")
    parser.add_argument("--peer", action="store_true", help="plain fast-alpr beside it")
    parser.add_argument("--misses", action="store_true", help="print every photograph not read at first")
    arguments = parser.parse_args()

    rows = {arguments.recognizer: measure(arguments.images, ours(arguments.recognizer), arguments.misses)}
    if arguments.peer:
        rows["fast-alpr by itself"] = measure(arguments.images, peer())
    print(f"{'':<22}{'photos':>8}{'top-1':>10}{'within ten':>12}{'wrong a photo':>16}{'ms a photo':>12}")
    for name, figures in rows.items():
        print(figures.row(name))
    if arguments.peer:
        mine, theirs = rows.values()
        print(f"time: {mine.milliseconds / theirs.milliseconds:.2f} of fast-alpr by itself")


if __name__ == "__main__":
    main()
