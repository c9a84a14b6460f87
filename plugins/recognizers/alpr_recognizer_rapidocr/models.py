"""Where the models are: inside the wheel of ``rapidocr``, run by onnxruntime itself.

RapidOCR's own pipeline answers with one text a line; what else a line could be stands only in the model's
output, so the sessions are opened here. Nothing of rapidocr is imported: no download can start, nothing logs.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alpr_core import ModelsMissing

DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"


def missing_models() -> str | None:
    """Say what is missing and what to do, or None if both models and onnxruntime are there. Imports neither."""
    if find_spec("onnxruntime") is None:
        return "onnxruntime is not installed: run pip install onnxruntime"
    folder = _folder()
    if folder is None:
        return "rapidocr is not installed: run pip install 'rapidocr>=3.10,<4'"
    absent = [name for name in (DETECTION, RECOGNITION) if not (folder / name).is_file()]
    if absent:
        return f"{folder} lacks {' and '.join(absent)}: run pip install --force-reinstall 'rapidocr==3.10.*'"
    return None


def open_session(name: str, threads: int) -> Any:
    """Return an onnxruntime session of one of the two models, on the CPU.

    Args:
        name: `DETECTION` or `RECOGNITION`.
        threads: how many threads it may use, 0 for one a core.

    Raises:
        ModelsMissing: if it is not there, or onnxruntime cannot read it.
    """
    problem = missing_models()
    folder = _folder()
    if problem is not None or folder is None:
        raise ModelsMissing(problem or "rapidocr is not installed")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only
    options.enable_cpu_mem_arena = False  # pictures differ in size: an arena would keep the largest for ever
    # A waiting thread that spins gains nothing here, and doubles the time where others need the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base class of their own
        raise ModelsMissing(
            f"{folder / name} cannot be loaded ({type(error).__name__}): reinstall rapidocr"
        ) from error


def _folder() -> Path | None:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "models"
