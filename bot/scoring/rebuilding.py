"""A compiled form that cannot be used made again, in a process of its own.

Only for the model cache: what ships with the program is whoever installed it to mend. The process
ends with whoever started it. Called by `bot.scoring.scorer`, and run as a program by itself.
"""

import asyncio
import subprocess
import sys
from importlib.util import find_spec

from bot.errors import ModerationError
from bot.scoring.own_process import command, end_with_input, environment

TOOLS = ("detoxify", "onnx", "torch", "transformers")
"""What compiling needs and running does not."""
STANDARD_ERROR = 2
"""Its number: standard output may be somebody's answer."""


def rebuild(name_or_path: str, why: str) -> bool:
    """Compile a model again, and say whether that came to something.

    A word, progress and what goes wrong are written to standard error. Without the tools nothing is
    tried.
    """
    if not all(find_spec(tool) for tool in TOOLS):
        return False
    sys.stderr.write(f"{why}; compiling the model again\n")
    with subprocess.Popen(  # noqa: S603 - our own program
        command("bot.scoring.rebuilding", name_or_path),
        stdin=subprocess.PIPE,
        stdout=STANDARD_ERROR,
        env=environment(),
    ) as process:
        return process.wait() == 0


def main(name_or_path: str) -> None:
    """Compile a model, with a bar on standard error.

    Raises:
        ModerationError: it cannot be compiled.
    """
    end_with_input()  # before PyTorch is loaded, which takes seconds
    from bot.scoring.compiling import compile_with_bar

    asyncio.run(compile_with_bar(name_or_path))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except ModerationError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:  # a Ctrl-C reaches whoever started this too, who says so
        sys.exit(1)
