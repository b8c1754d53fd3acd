"""The clean environment of a script: what a Python program needs, and what the user names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError

PASSED = frozenset(
    {
        # where programs, homes and temporary files are
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP", "TZ", "XDG_CACHE_HOME",
        "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
        # Windows does not start Python without these
        "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
        "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
        # language and the terminal's width
        "LANG", "LANGUAGE", "COLUMNS",
        # how many cores and which devices the numerical libraries may use
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS", "XLA_FLAGS", "JAX_PLATFORMS", "CUDA_VISIBLE_DEVICES",
        # which kernels they compute with: another one gives other last digits, and a sampler other draws
        "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "NVPL_BLAS_DEBUG_CPU_TYPE", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS",
    }
)  # fmt: skip

FIXED = {
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "PYTHONSAFEPATH": "1",  # programs that the script starts do not import from the current folder either
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
}


def clean_environment(parent: Mapping[str, str], names: Sequence[str] = ()) -> dict[str, str]:
    """The environment of the child.

    Args:
        parent: the environment of this process.
        names: further variables that the user passes on (`--env NAME`); they win over all else.

    Raises:
        SpecError: where a name is no variable name, or is not set.
    """
    child = {name: value for name, value in parent.items() if name.upper() in PASSED or name.startswith("LC_")}
    child |= FIXED
    for name in names:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise SpecError(f"--env: '{display(name)}' is not a variable's name; give the name alone, such as API_URL")
        if name not in parent:
            raise SpecError(f"--env: {name} is not set in this shell; set it first, or leave the flag out")
        child[name] = parent[name]
    return child
