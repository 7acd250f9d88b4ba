"""Charts: versions, verdicts, images, and what each value path does."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import Catalogue, Chart, ChartVersion, Missing, NotListed, Stated, ValueTable, load_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def version(catalogue: Catalogue, chart: str, number: str) -> ChartVersion:
    found = catalogue.chart_version(chart, number)
    assert isinstance(found, ChartVersion)
    return found


def table(catalogue: Catalogue, chart: str, number: str) -> ValueTable:
    values = version(catalogue, chart, number).values
    assert isinstance(values, Stated)
    return values.value


def test_charts_by_name_and_stack(catalogue: Catalogue) -> None:
    """Both spellings of a version are understood, and the stack's name for the chart."""
    plugin = catalogue.chart("device-plugin")
    assert isinstance(plugin, Chart)
    assert (plugin.name, len(plugin.versions)) == ("nvidia-device-plugin", 26)
    operator = catalogue.chart("gpu-operator")
    assert isinstance(operator, Chart)
    assert (operator.versions[0], operator.versions[-1], len(operator.versions)) == ("v24.6.0", "v26.7.1", 19)
    assert version(catalogue, "gpu-operator", "26.3.3").version == "v26.3.3"
    assert version(catalogue, "device-plugin", "v0.18.2").version == "0.18.2"


@pytest.mark.parametrize(
    ("chart", "number", "era", "answer"),
    [
        ("gpu-operator", "v26.3.0", "cdi", "no"),
        ("gpu-operator", "v26.3.0", "legacy", "no"),
        ("gpu-operator", "v26.3.3", "cdi", "yes"),
        ("gpu-operator", "v25.10.1", "legacy", "yes"),
        ("gpu-operator", "v26.3.3", "nri", "no"),
        ("gpu-operator", "v26.7.0", "nri", "yes"),
        ("device-plugin", "0.13.0", "legacy", "yes"),
        ("device-plugin", "0.19.3", "cdi", "yes"),
        ("device-plugin", "0.19.3", "nri", "no"),
    ],
)
def test_verdicts(catalogue: Catalogue, chart: str, number: str, era: str, answer: str) -> None:
    """What is known of a version in an era."""
    assert version(catalogue, chart, number).verdicts[era].answer == answer


def test_every_tabled_version_has_values_and_images(catalogue: Catalogue) -> None:
    """All but the two newest were read."""
    for name in ("gpu-operator", "nvidia-device-plugin"):
        chart = catalogue.chart(name)
        assert isinstance(chart, Chart)
        untabled = [number for number in chart.versions if isinstance(version(catalogue, name, number).values, Missing)]
        assert untabled == [chart.versions[-1]]
        assert all(isinstance(version(catalogue, name, number).images, Stated) for number in chart.versions[:-1])


def test_every_line_of_every_table_is_understood(catalogue: Catalogue) -> None:
    """No path is lost between file and look-up."""
    from talos_gpu.catalog._data import known_files, load, one_line_entries

    for chart in ("gpu-operator", "nvidia-device-plugin"):
        for shape in known_files(f"charts/{chart}/values"):
            name = f"charts/{chart}/values/{shape}.yaml"
            assert one_line_entries(name)[1].keys() == load(name)["values"].keys()


def test_what_a_value_path_does(catalogue: Catalogue) -> None:
    """Known with its default, ignored, below a free map, or unknown."""
    values = table(catalogue, "gpu-operator", "v26.3.3")
    enabled = values.value("cdi.enabled")
    assert enabled is not None
    assert (enabled.type, enabled.default, enabled.fails_unless) == ("bool", True, ("bool",))
    assert values.value("driver.nodeSelector") is None
    assert values.value("daemonsets.labels.team") is not None
    assert "driver.nodeSelector" in values.traps
    assert values.traps["driver.nodeSelector"][0].effect == "ignored"


@pytest.mark.parametrize(
    ("chart", "number", "path", "value", "effect"),
    [
        ("gpu-operator", "v26.3.3", "cdi.enabled", False, "read"),
        ("gpu-operator", "v26.3.3", "cdi.enabled", "false", "template-error"),
        ("gpu-operator", "v25.10.1", "cdi.enabled", "false", "read"),
        ("gpu-operator", "v26.3.3", "toolkit.nodeSelector", {"a": "b"}, "ignored"),
        ("gpu-operator", "v26.3.3", "devicePlugin.mps.root", "/x", "ignored"),
        ("device-plugin", "0.18.2", "affinity", None, "read"),
        ("device-plugin", "0.16.0", "deviceListStrategy", ["envvar"], "dropped"),
        ("device-plugin", "0.13.0", "failOnInitError", "false", "dropped"),
        ("device-plugin", "0.18.2", "nodeSelector.role", "gpu", "read"),
        ("device-plugin", "0.18.2", "noSuchThing", 1, "ignored"),
    ],
)
def test_what_happens_to_a_value(
    catalogue: Catalogue, chart: str, number: str, path: str, value: object, effect: str
) -> None:
    """Helm says nothing when a chart drops a value; the table does."""
    assert table(catalogue, chart, number).effect(path, value) == effect


def test_images_of_a_version(catalogue: Catalogue) -> None:
    """Each with its repository, for a mirror."""
    images = version(catalogue, "device-plugin", "0.18.2").images
    assert isinstance(images, Stated)
    references = {image.component: image.reference for image in images.value}
    assert references["device-plugin"] == "nvcr.io/nvidia/k8s-device-plugin:v0.18.2"
    operator = version(catalogue, "gpu-operator", "v25.10.1").images
    assert isinstance(operator, Stated)
    assert "nvcr.io/nvidia/gpu-operator:v25.10.1" in {image.reference for image in operator.value}


def test_an_unknown_version_names_the_nearest(catalogue: Catalogue) -> None:
    """The nearest older version with a value table is proposed."""
    missing = catalogue.chart_version("gpu-operator", "v26.7.9")
    assert isinstance(missing, NotListed)
    assert missing.nearest[0] == "v26.7.0"
    assert "v26.7.9: {sameAs: v26.7.0}" in missing.declare
    assert isinstance(catalogue.chart_version("other", "1.0.0"), NotListed)
    assert isinstance(catalogue.chart_version("gpu-operator", "newest"), NotListed)


def test_old_plugin_charts_schedule_on_every_node(catalogue: Catalogue) -> None:
    """Up to 0.14.5 the default affinity is empty, later it wants a label that tells of a GPU."""
    plugin = catalogue.chart("device-plugin")
    assert isinstance(plugin, Chart)
    empty = []
    for number in plugin.versions[:-1]:
        affinity = table(catalogue, "device-plugin", number).value("affinity")
        assert affinity is not None
        assert affinity.has_default
        if affinity.default == {}:
            empty.append(number)
        else:
            assert "nvidia.com/gpu.present" in str(affinity.default)
    assert empty == ["0.13.0", "0.14.0", "0.14.1", "0.14.2", "0.14.3", "0.14.4", "0.14.5"]


@pytest.mark.parametrize(
    ("chart", "path", "component"),
    [
        ("gpu-operator", "daemonsets.tolerations", ""),
        ("gpu-operator", "operator.tolerations", ""),
        ("gpu-operator", "node-feature-discovery.gc.tolerations", "node-feature-discovery.gc.enable"),
        ("gpu-operator", "node-feature-discovery.master.tolerations", "node-feature-discovery.master.enable"),
        ("gpu-operator", "node-feature-discovery.worker.tolerations", "node-feature-discovery.worker.enable"),
        ("nvidia-device-plugin", "tolerations", ""),
        ("nvidia-device-plugin", "nfd.gc.tolerations", "nfd.gc.enable"),
        ("nvidia-device-plugin", "nfd.master.tolerations", "nfd.master.enable"),
        ("nvidia-device-plugin", "nfd.worker.tolerations", "nfd.worker.enable"),
    ],
)
def test_every_version_takes_tolerations(catalogue: Catalogue, chart: str, path: str, component: str) -> None:
    """Each is a list with a default that the chart renders; of a subchart, where that component is enabled.

    Some versions of node-feature-discovery give the master's to a clean-up job too, whatever is enabled.
    """
    found = catalogue.chart(chart)
    assert isinstance(found, Chart)
    without, unconditional = [], []
    for number in found.versions[:-1]:
        value = table(catalogue, chart, number).value(path)
        if value is None:
            without.append(number)
            continue
        assert (value.type, value.rendered, value.has_default) == ("list", True, True), number
        assert isinstance(value.default, list)
        if component and not any(component in condition for condition in value.when):
            unconditional.append(number)
    first = ["0.13.0", "0.14.0", "0.14.1", "0.14.2", "0.14.3", "0.14.4", "0.14.5"]
    assert without == (first if path == "nfd.gc.tolerations" else [])
    assert unconditional == [] or component.endswith(("master.enable", "worker.enable"))
    assert set(unconditional) <= set(first) or component.endswith("master.enable")
