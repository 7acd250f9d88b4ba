"""Versions compare part by part, as numbers."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import Version, minor_of


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("535.54.03", "535.247.01"),
        ("v1.9.6", "v1.10.0"),
        ("v1.14.0-alpha.2", "v1.14.0-beta.0"),
        ("v1.14.0-rc.2", "v1.14.0"),
        ("1.37.0-rc.0", "1.37.0-rc.1"),
        ("v25.3.4", "v25.10.0"),
    ],
)
def test_order(older: str, newer: str) -> None:
    """The older of two versions sorts first."""
    assert Version.parse(older) < Version.parse(newer)


def test_a_leading_v_means_nothing() -> None:
    """v1.14.6 and 1.14.6 are one version, and each keeps its spelling."""
    assert Version.parse("v1.14.6") == Version.parse("1.14.6")
    assert str(Version.parse("v1.14.6")) == "v1.14.6"


def test_minor_and_branch() -> None:
    """A Talos version knows its minor, a driver version its branch."""
    assert minor_of("1.14.0-rc.1") == "v1.14"
    assert Version.parse("570.211.01").branch == "570"


def test_what_is_no_version_is_an_error() -> None:
    """A word is refused."""
    with pytest.raises(ValueError, match="latest"):
        Version.parse("latest")
