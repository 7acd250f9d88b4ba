"""What `synth --check` found, in a comment and as annotations."""

from __future__ import annotations

from talos_gpu.output.check import Difference, Kind
from talos_gpu.output.check_report import github, markdown

STALE = Difference("dist/a/x.yaml", Kind.STALE, "its profile changed")
FOREIGN = Difference("dist/notes", Kind.FOREIGN, "not written by talos-gpu")


def test_files_that_are_out_of_date_are_named() -> None:
    """Somebody else's are no fault."""
    told = markdown([STALE, FOREIGN])
    assert told.startswith(
        "### 🔴 talos-gpu synth: 1 file out of date\n\n- `dist/a/x.yaml`: stale: its profile changed\n"
    )
    assert "Run `talos-gpu synth` and commit the result." in told
    assert "notes" not in told
    assert github([STALE, FOREIGN]) == (
        "::error file=dist/a/x.yaml,title=talos-gpu synth"
        "::dist/a/x.yaml: stale: its profile changed. Run `talos-gpu synth` and commit the result.\n"
    )


def test_nothing_out_of_date_is_one_line() -> None:
    """In the comment; and no annotation."""
    assert markdown([FOREIGN]) == "### talos-gpu synth: what is committed is what the profiles declare\n"
    assert github([FOREIGN]) == ""


def test_a_large_difference_is_counted() -> None:
    """A comment has to hold more than it."""
    told = markdown([Difference(f"dist/{number}", Kind.MISSING, "x") for number in range(120)])
    assert told.count("- `dist/") == 50
    assert "- and 70 more files" in told


def test_a_name_is_no_markdown_and_no_command() -> None:
    """Files of a pull request may be called anything."""
    evil = Difference("dist/a`|<b>\n::error::x,@all", Kind.UNEXPECTED, "by @all, #1 <img>")
    told = markdown([evil])
    assert "\n::error" not in told
    assert "by @all" not in told
    assert "<img>" not in told.replace("\\<img\\>", "")
    assert github([evil]).count("\n") == 1
    assert github([evil]).startswith("::error file=dist/a`|<b>%0A%3A%3Aerror%3A%3Ax%2C@all,title=")
