"""Files of a state are laid out in a folder of their own, and nowhere else."""

from __future__ import annotations

from talos_gpu.review.profiles import laid_out


def test_no_path_leads_out_of_the_folder() -> None:
    """A tree of Git can be forged so that it holds such names."""
    files = {"profiles/a.yaml": b"a", "catalogue/../../b.yaml": b"b", "../c.yaml": b"c", "/d.yaml": b"d"}
    with laid_out(files) as root:
        assert [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()] == ["profiles/a.yaml"]
        assert not (root.parent / "c.yaml").exists()
    assert not root.exists()
