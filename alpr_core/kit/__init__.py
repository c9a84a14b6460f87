"""The integrator's kit: a package to begin with, and checks that tell whether a plugin keeps what plugins promise."""

from alpr_core.kit.checking import FAILED, CheckResult, check_plugin
from alpr_core.kit.skeleton import KINDS, write_package

__all__ = ["FAILED", "KINDS", "CheckResult", "check_plugin", "write_package"]
