"""The page: what stands on it, that it asks nobody for anything, and that strangers' text is nothing but text."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talos_gpu.finding import Finding, Position
from talos_gpu.review.impact.verdict import VERDICTS, ClusterImpact, ScopeImpact
from talos_gpu.review.review import Review
from talos_gpu.review.states import difference
from talos_gpu.review.telling.page import MOST_BYTES, page
from talos_gpu.review.telling.words import WORDS

from .conftest import Elements, cause, ledger, state, told

HOSTILE = (
    "<script>pwned()</script>",
    "</script><script>pwned()</script>",
    "</style></title></textarea><img src=x onerror=pwned()>",
    '"\' onmouseover=pwned() x="',
    "]]><svg onload=pwned()>",
    "<!-- --><iframe srcdoc='<p>'>",
    "&lt;b&gt;&#60;b&#62;{{ 7 * 7 }}{% raw %}",
)
UNSEEN = "\u202e\u2066\u200b\ufeff\u2028\x1b[31m\x85\xad\u0378\ue000"
OURS = {"span", "mark", "code"}
"""Elements that depend on the words: colours, and marks of what changed in a line."""


def skeleton(shown: Elements) -> list[tuple[str, tuple[str, ...]]]:
    """Every element and the names of its attributes, without those that depend on the words."""
    return [(element.tag, tuple(element.attributes)) for element in shown.every if element.tag not in OURS]


class TestStructure:
    def test_every_element_is_closed_and_every_id_is_there_once(self, whole, rendered):
        """Both of a review by hand and of a rendered profile."""
        for review in (whole, rendered):
            shown = Elements(page(review))
            assert not shown.faults
            ids = [element.attributes["id"] for element in shown.every if "id" in element.attributes]
            assert len(ids) == len(set(ids)) > 10

    def test_every_reference_inside_the_page_leads_somewhere(self, whole):
        """Links, labels, and what names a section."""
        shown = Elements(page(whole))
        ids = {element.attributes["id"] for element in shown.every if "id" in element.attributes}
        links = [element.attributes["href"] for element in shown.all("a")]
        named = [element.attributes["for"] for element in shown.all("label")]
        named += [
            element.attributes["aria-labelledby"] for element in shown.every if "aria-labelledby" in element.attributes
        ]
        assert {link[1:] for link in links if link.startswith("#")} | set(named) <= ids
        assert {"text", "verdict", "talos", "stack"} == {name for name in named if not name.endswith("-title")}

    def test_headings_go_down_step_by_step(self, whole):
        """With one of the first rank."""
        levels = [int(element.tag[1]) for element in Elements(page(whole)).every if re.fullmatch("h[1-6]", element.tag)]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_it_has_a_language_and_landmarks(self, whole):
        """Which a screen reader goes by."""
        shown = Elements(page(whole))
        assert shown.only("html").attributes["lang"] == "en"
        assert all(len(shown.all(tag)) == 1 for tag in ("header", "nav", "main", "footer", "h1"))
        assert [title.words for title in shown.all("title") if "svg" not in title.ancestors] == [
            "main → work tree: talos-gpu review"
        ]
        assert all(element.attributes.get("scope") for element in shown.all("th"))

    def test_it_tells_the_states_and_the_worst_verdict_in_plain_words(self, whole):
        """A reader who knows nothing of Talos begins here. Two clusters nobody judged would be unknown."""
        shown = Elements(page(whole))
        assert shown.only("h1").words == "main → to work tree"
        top = shown.only("header").words
        assert (
            f"{WORDS['source-changed'].name} The worst that this change does: {WORDS['source-changed'].meaning}." in top
        )
        assert "2 of 3" in top

    @pytest.mark.parametrize("verdict", VERDICTS)
    def test_every_verdict_has_a_colour_and_words(self, whole, verdict):
        """The class that the style knows, beside the name."""
        impact = ClusterImpact(
            "homelab", "changed", ("", ""), (ScopeImpact("gpu", (), (cause(verdict),)),), ScopeImpact("", (), ())
        )
        text = page(replace(whole, impacts=(impact,)))
        assert f'<span class="badge v-{verdict}">{WORDS[verdict].name}</span>' in text
        assert f".v-{verdict}" in Elements(text).only("style").words

    def test_a_cluster_that_nobody_judged_is_unknown(self, whole):
        """Never harmless."""
        shown = Elements(page(replace(whole, impacts=())))
        assert {row.attributes["data-verdict"] for row in shown.all("tr") if "data-row" in row.attributes} == {
            "unknown",
            "unchanged",
        }

    def test_a_profile_that_nobody_rendered_is_a_danger(self):
        """Its output is not what it says now."""
        before, after = ({"profiles/a.yaml": text, "dist/a/.talos-gpu.json": b"{}"} for text in (b"a: 1", b"a: 2"))
        shown = Elements(page(Review(difference(state("one", before), state("two", after)))))
        assert (
            "1 profile changed, and the output was not rendered since profiles/a.yaml"
            in shown.only("section", id="dangers").words
        )
        assert f"{WORDS['unknown'].name} The worst that this change does" in shown.only("header").words

    def test_findings_stand_with_the_clusters_whose_ledgers_name_the_file(self):
        """Whatever it is called; one that no ledger names stands with none."""
        states = (
            state(
                name, {f"dist/{one}/.talos-gpu.json": b"{}" for one in "ab"} | {f"dist/{one}/x": text for one in "ab"}
            )
            for name, text in (("one", b"1"), ("two", b"2"))
        )
        found = difference(*states)
        ledgers = {"a": ledger("a", "sites/b.yaml", "shared/p.yaml"), "b": ledger("b", "sites/x.yaml", "shared/p.yaml")}
        found = replace(found, clusters=tuple(replace(change, after=ledgers[change.name]) for change in found.clusters))
        files = {"sites/b.yaml": "IN1", "shared/p.yaml": "IN2", "dist/b/x": "IN3", "profiles/a.yaml": "IN4"}
        findings = tuple(
            Finding(Position(file, 1, 1), "", "found", rule=rule, severity="error") for file, rule in files.items()
        )
        shown = Elements(page(Review(found, findings=findings)))
        told = {name: shown.only("article", data_row=row).words for name, row in (("a", "1"), ("b", "2"))}
        assert {name: [rule for rule in files.values() if rule in words] for name, words in told.items()} == {
            "a": ["IN1", "IN2"],
            "b": ["IN2", "IN3"],
        }
        assert "IN4" in shown.only("main").words

    def test_everything_of_a_cluster_is_told(self, whole):
        """Causes with rule, reason and source; steps with commands and the way back; findings, decisions, versions."""
        shown = Elements(page(whole))
        text = shown.only("article", data_row="1").words
        for words in (
            "before → becomes after", "It is why.", "Rule a-rule", "Because of profiles/homelab.yaml:2:8", "Do it.", "Undo it.",
            "it is blocked", "talosctl upgrade", "The way back: talosctl rollback", "nobody measured it",
            "ABC001", "this", "as the profile says", "2025-10-09", "v1.10.2", "a note", "Reboots of all nodes together: 2",
            "key: one", "key: two",
        ):  # fmt: skip
            assert words in text, words

    def test_a_cause_leads_to_the_difference_of_its_file(self, rendered):
        """By a link inside the page."""
        shown = Elements(page(rendered))
        links = {link.words: link.attributes["href"] for link in shown.all("a")}
        place = "dist/homelab/talos/patches/gpu/10-kernel-modules.yaml:4:2"
        changed = {file.path for cluster in rendered.difference.clusters for file in cluster.files}
        assert (place in links) == (place.rpartition(":")[0].rpartition(":")[0] in changed)
        profile = [link for words, link in links.items() if words.startswith("profiles/homelab.yaml")]
        assert all(shown.only("details", id=link[1:]) for link in profile)

    def test_every_file_that_changed_is_named(self, rendered):
        """Profiles and ledgers too."""
        named = {element.words for element in Elements(page(rendered)).all("code")}
        told = rendered.difference
        files = [*told.inputs, *told.others, *(file for cluster in told.clusters for file in cluster.files)]
        assert len(files) > 5
        assert {file.path for file in files} <= named
        assert "dist/homelab/.talos-gpu.json" in named

    def test_nothing_is_hidden_without_the_script(self, whole):
        """Only what needs it is."""
        hidden = [element for element in Elements(page(whole)).every if "hidden" in element.attributes]
        assert {element.attributes["id"] for element in hidden} == {"theme", "filters", "none", "tools"}

    def test_two_equal_states_make_a_short_page(self):
        """Which says so."""
        same = {"dist/a/.talos-gpu.json": b"{}"}
        shown = Elements(
            page(Review(difference(state("one", same), state("two", same)), fleet={"a": {"talos": "v1.13.9"}}))
        )
        assert "nothing changed Both states are the same in 1 cluster." in shown.only("header").words
        assert not shown.all("article")

    def test_no_cluster_at_all_is_said(self):
        """An empty repository is no mistake."""
        shown = Elements(page(Review(difference(state("one", {}), state("two", {})))))
        assert "There is no cluster in either state." in shown.only("main").words


class TestNoRequest:
    def test_nothing_is_loaded_from_anywhere(self, whole):
        """No element that fetches; addresses only in links, and in the icon that the page holds itself."""
        shown = Elements(page(whole))
        fetching = {"img", "iframe", "object", "embed", "audio", "video", "source", "base", "form", "image", "use"}
        assert {element.tag for element in shown.every} & fetching == {"form"}
        assert not any(
            name in element.attributes for element in shown.every for name in ("src", "action", "srcset", "ping")
        )
        (icon,) = shown.all("link")
        assert icon.attributes["href"].startswith("data:image/svg+xml;base64,")
        assert "url(" not in shown.only("style").words
        assert "@import" not in shown.only("style").words

    def test_links_are_http_and_tell_nobody_where_they_come_from(self, whole):
        """Each with its own reference only."""
        links = [link for link in Elements(page(whole)).all("a") if not link.attributes["href"].startswith("#")]
        assert links
        assert all(re.match("https?://", link.attributes["href"]) for link in links)
        assert {link.attributes["rel"] for link in links} == {"noopener noreferrer"}

    def test_nothing_is_styled_or_scripted_in_an_attribute(self, whole):
        """The policy would refuse it."""
        names = {name for element in Elements(page(whole)).every for name in element.attributes}
        assert not {name for name in names if name.startswith("on") or name == "style"}

    def test_the_policy_allows_what_is_embedded_and_nothing_else(self, whole):
        """The digests are those of the very bytes between the tags; it stands before everything that it is about."""
        text = page(whole)
        shown = Elements(text)
        (policy,) = shown.all("meta", http_equiv="Content-Security-Policy")
        rules = dict(rule.split(" ", 1) for rule in policy.attributes["content"].split("; "))
        (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
        (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        assert rules == {
            "default-src": "'none'",
            "style-src": digest(style),
            "script-src": digest(script),
            "img-src": "data:",
            "base-uri": "'none'",
            "form-action": "'none'",
            "require-trusted-types-for": "'script'",
            "trusted-types": "'none'",
        }
        assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script")

    def test_the_data_for_the_search_cannot_end_their_element(self):
        """And are read again as what they were."""
        text = page(told("</script><!-- & \u2028"))
        (data,) = re.findall(r'<script type="application/json" id="words">(.*?)</script>', text, re.DOTALL)
        assert not set("<>&\u2028\u2029") & set(data)
        assert any("</script><!-- & " in words for words in json.loads(data).values())


class TestStrangersText:
    @pytest.mark.parametrize("words", HOSTILE)
    def test_it_makes_no_element_and_no_attribute(self, words):
        """The page has the very elements of one of harmless words."""
        text = page(told(words))
        shown = Elements(text)
        assert not shown.faults
        assert skeleton(shown) == skeleton(Elements(page(told(" harmless".ljust(len(words), "x")))))

    def test_nothing_in_it_is_unseen(self):
        """Signs that print nothing, or turn the reading direction, are shown escaped."""
        text = page(told(UNSEEN))
        assert not Elements(text).faults
        assert {char for char in text if unicodedata.category(char)[0] == "C"} == {"\n"}
        assert "\\u202e\\u2066\\u200b\\ufeff\\u2028\\x1b[31m\\x85\\xad\\u0378\\ue000" in text

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(st.sampled_from("<>\"'&=/ \\-!]a;{}%\u202e\t\x00"), min_size=1, max_size=20))
    def test_no_text_at_all_does(self, words):
        """Whatever it is made of."""
        shown = Elements(page(told(words)))
        assert not shown.faults
        names = {name for element in shown.every for name in element.attributes}
        assert {element.tag for element in shown.every} <= {
            element.tag for element in Elements(page(told())).every
        } | OURS
        assert names <= {name for element in Elements(page(told())).every for name in element.attributes}

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:pwned()",
            "data:text/html,<script>pwned()</script>",
            "JaVaScRiPt://example.org/%0apwned()",
            "vbscript:x",
            "file:///etc/passwd",
            "//example.org/x",
            "https://user:word@example.org/",
        ],
    )
    def test_no_other_address_becomes_a_link(self, address):
        """Only http(s) does, and none with a name or a password in it."""
        links = {link.attributes["href"] for link in Elements(page(told(f" {address} "))).all("a")}
        assert all(re.match("#|https?://", link) for link in links)
        assert not any("pwned" in link or "passwd" in link or "user:" in link for link in links)

    def test_bytes_that_are_no_text_are_shown(self):
        """In names of files and in files."""
        text = page(told("\udcff"))
        text.encode()
        assert "\\udcff" in text or "\\xff" in text

    def test_secrets_are_not_quoted(self):
        """In causes and in lines of files: by the key, by the looks, in a block, in PEM, and all of a Secret."""
        kind = " ".join(("PRIVATE", "KEY"))
        secret = "Wm9vbXkxMjM0NTY3ODkwU2VjcmV0S2V5VmFsdWVzMTIz"
        texts = {
            "a.yaml": f"machine:\n  token: abcdef.{secret}\n",
            "b.yaml": f"x:\n  password: |\n    {secret[:20]}\n    {secret[20:]}\n  y: 1\n",
            "c.pem": f"-----BEGIN RSA {kind}-----\n{secret[:20]}\n-----END RSA {kind}-----\n",
            "d.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\ndata:\n  name: {secret[:12]}\n  type: {secret[12:]}\n",
            "e.yaml": f"env:\n  - name: API_TOKEN\n    value: {secret[:20]}\n",
        }
        before = {"dist/a/.talos-gpu.json": b"{}"}
        after = before | {f"dist/a/{name}": text.encode() for name, text in texts.items()}
        value = replace(cause("live"), path="machine.token", after=secret[:20])
        impact = ClusterImpact("a", "changed", ("", ""), (ScopeImpact("gpu", (), (value,)),), ScopeImpact("", (), ()))
        text = page(Review(difference(state("one", before), state("two", after)), (impact,)))
        assert not [secret[at : at + 12] for at in range(len(secret) - 12) if secret[at : at + 12] in text]
        assert "BEGIN RSA" not in text
        assert Elements(text).only("body").words.count("(not shown: it looks like a secret)") > 7
        assert "machine" in text


class TestSize:
    def test_a_thousand_clusters_with_large_differences_fit(self):
        """Every cluster has its row and its verdict; what is left out is said."""
        review = large(1000, 400)
        text = page(review)
        assert 1 << 20 < len(text.encode()) <= MOST_BYTES
        shown = Elements(text)
        assert len([row for row in shown.all("tr") if "data-row" in row.attributes]) == 1000
        assert len(shown.all("article")) == 1000
        assert "This page holds no more than 10 MiB. Left out or told shorter: " in shown.only("main").words
        assert "of the differences" in shown.only("main").words

    @pytest.mark.parametrize("most", [1 << 19, 1 << 20])
    def test_no_page_is_larger_than_it_may_be(self, most):
        """The worst are told, whatever the room."""
        review = large(2000, 50)
        text = page(review, most=most)
        assert len(text.encode()) <= most
        assert "of the rows of the fleet" in text
        assert "cluster-0000" in text

    def test_a_small_page_leaves_nothing_out(self, whole, rendered):
        """And says nothing of leaving out."""
        for review in (whole, rendered):
            assert not Elements(page(review)).all("p", class_="cut")

    def test_a_line_without_end_is_cut(self):
        """Around where it changed."""
        before, after = (
            {"dist/a/.talos-gpu.json": b"{}", "dist/a/x.md": b"a" * 100_000 + end} for end in (b"one", b"two")
        )
        text = page(Review(difference(state("one", before), state("two", after))))
        assert len(text) < 60_000
        assert (
            "one" in Elements(text).only("td", class_="").words
            if Elements(text).all("td", class_="")
            else "two" in text
        )


class TestDeterminism:
    def test_the_same_review_is_the_same_page(self, tmp_path):
        """In another process as well, with other hashes."""
        script = tmp_path / "page.py"
        script.write_text(
            "import hashlib, importlib.util, sys\n"
            f"spec = importlib.util.spec_from_file_location('made', {str(Path(__file__).parent / 'conftest.py')!r})\n"
            "made = sys.modules['made'] = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(made)\n"
            "from talos_gpu.review.telling.page import page\n"
            "print(hashlib.sha256(page(made.told('<x>')).encode()).hexdigest())\n"
        )
        digests = {
            subprocess.run(
                [sys.executable, script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
            ).stdout.decode().strip()
            for seed in ("1", "2")
        }  # fmt: skip
        assert digests == {hashlib.sha256(page(told("<x>")).encode()).hexdigest()}


class TestColours:
    PAIRS = (
        *(("text", ground) for ground in ("ground", "card", "well")),
        *(("faint", ground) for ground in ("ground", "card", "well", "came", "went")),
        *(("link", ground) for ground in ("ground", "card", "well")),
        *((f"code-{kind}", ground) for kind in ("key", "string", "number", "comment", "variable") for ground in ("card", "came", "went", "came-mark", "went-mark")),
        *((name, f"{name}-ground") for name in ("none", "live", "pods", "reboot", "upgrade", "danger", "trust", "unknown")),
        ("text", "none-ground"), ("text", "pods-ground"), ("none", "ground"), ("none", "card"), ("accent", "card"),
        ("text", "came"), ("text", "went"), ("text", "came-mark"), ("text", "went-mark"),
        *((f"{name}-text", ground) for name in ("came", "went") for ground in ("card", "well", "ground")),
    )  # fmt: skip

    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    def test_every_text_stands_out_from_its_ground(self, whole, theme):
        """By at least 4.5 to 1, as WCAG asks."""
        style = re.findall(r"<style>(.*?)</style>", page(whole), re.DOTALL)[0]
        colours = {
            name: both[theme] for name, *both in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", style)
        }
        low = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in self.PAIRS}
        assert {pair: value for pair, value in low.items() if value < 4.5} == {}


def large(clusters: int, lines: int) -> Review:
    """As many clusters, each with a file of so many lines that are all other ones now."""
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    for number in range(clusters):
        folder = f"dist/cluster-{number:04}"
        for side, word in ((before, "one"), (after, "two")):
            side[f"{folder}/.talos-gpu.json"] = b"{}"
            side[f"{folder}/a.sh"] = "".join(
                f"key{line}: {word} of cluster {number}\n" for line in range(lines)
            ).encode()
    names = [f"cluster-{number:04}" for number in range(clusters)]
    impacts = tuple(
        ClusterImpact(name, "changed", ("v1.11.5", "v1.11.5"), (ScopeImpact("gpu", ("gpu-1",), (cause("reboot"), cause("live"))),), ScopeImpact("", (), ()))
        for name in names
    )  # fmt: skip
    rows = {name: {"talos": "v1.11.5", "stack": "device-plugin 0.18.2", "gpus": "1 x 1 L40S"} for name in names}
    return Review(difference(state("one", before), state("two", after)), impacts, fleet=rows)


def digest(text: str) -> str:
    """As a policy writes it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG 2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """How bright a colour is."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
