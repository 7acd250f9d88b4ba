"""Prints the commit that a change is compared with, as the event tells it; why there is none goes to stderr.

Of a pull request it is where its branch left the other one: that is right whichever of its commits is checked out. Of a
push it is what the branch was before. Standard library only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
FETCH = "Let actions/checkout fetch the history: fetch-depth: 0."


class NoBase(Exception):
    """There is nothing to compare with; the message says why, and what would help."""


def base() -> str:
    """The commit. Raises NoBase."""
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    if "pull_request" in event:
        commit = known(event["pull_request"]["base"]["sha"])
        found = git("merge-base", commit, "HEAD")
        if not found:
            raise NoBase(f"The pull request and its base {commit[:10]} share no commit that was fetched. {FETCH}")
        return found
    before = event.get("before")
    if before is None:
        raise NoBase("This event has no commit before it, so there is no change to review.")
    if not before.strip("0"):
        raise NoBase("This is the first push of the branch: there is no commit before it to compare with.")
    return known(before)


def known(commit: str) -> str:
    """The commit, if it is one, and was fetched. Raises NoBase."""
    if not COMMIT.fullmatch(commit):
        raise NoBase("The event names no commit to compare with.")
    if git("cat-file", "-t", commit) != "commit":
        raise NoBase(f"The commit before this change, {commit[:10]}, was not fetched, or is no more. {FETCH}")
    return commit


def git(*words: str) -> str:
    """What Git prints, empty where it refuses. Nothing is fetched for it."""
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1"}
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False, env=environment)  # noqa: S603, S607
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    try:
        print(base())  # noqa: T201
    except (NoBase, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        told = str(error) if isinstance(error, NoBase) else "The event could not be read, so there is no review."
        print(told, file=sys.stderr)  # noqa: T201
        sys.exit(1)
