"""The most memory that a process ever held, as the system counts it. Called by the players."""

import sys
from pathlib import Path


def peak_mb(process_id: int | None = None) -> float | None:
    """Say the most memory a process held, in MB; None where the system does not tell.

    Without an id it is this process's own. Elsewhere than on Linux no other's is told.
    """
    status = Path(f"/proc/{process_id or 'self'}/status")
    if status.exists():  # not getrusage, which on Linux begins with the parent's own peak
        found = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(found[0].split()[1]) * 1024 / 1e6 if found else None
    if process_id is not None or sys.platform in {"win32", "linux"}:
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
