"""What the Image Factory and later releases make of an extension's older name."""

from __future__ import annotations

from talos_gpu.catalog import Minor, load_catalogue


def test_an_old_name_has_an_alias() -> None:
    """It is built as if the other name stood there."""
    assert load_catalogue().factory_alias("nonfree-kmod-nvidia") == "nonfree-kmod-nvidia-lts"


def test_the_fabric_managers_alias_leads_nowhere() -> None:
    """Its hyphen is in no official name."""
    catalogue = load_catalogue()
    alias = catalogue.factory_alias("nvidia-fabricmanager")
    minors = [minor for name in catalogue.minors() if isinstance(minor := catalogue.minor(name), Minor)]
    assert alias
    assert not any(alias in minor.extensions for minor in minors)


def test_a_name_that_never_changed_has_neither() -> None:
    catalogue = load_catalogue()
    assert not catalogue.factory_alias("iscsi-tools")
    assert not catalogue.extension_renamed("iscsi-tools")


def test_extensions_of_the_machine_config_end_with_the_installers_by_platform() -> None:
    """From the same minor on the installer takes them from its image alone."""
    catalogue = load_catalogue()
    minors = [minor for name in catalogue.minors() if isinstance(minor := catalogue.minor(name), Minor)]
    assert all(("{platform}" in minor.installer) != minor.install_extensions_reach_node for minor in minors)
