"""The matrix itself: every pair is judged or refused, and what `make test` holds against is what was judged last."""

from __future__ import annotations

import pytest
from judge.golden import Recorder, recorded_cases
from judge.matrix import allowed_pairs, contracts, dimensions, plan_of, refused_pairs, whole

from talos_gpu.errors import InputError

ORACLE = "the plan"


def test_every_pair_of_values_is_allowed_somewhere_or_refused(record: Recorder, verdict) -> None:
    """allpairspy chooses the allowed ones; for each other pair one refusal stands."""
    record.note_cases(allowed=allowed_pairs(), refused=refused_pairs(), contracts=contracts())
    verdict(ORACLE, "profile of the pairwise matrix allowed", len(allowed_pairs()))
    for case in refused_pairs():
        refusal = plan_of(case)
        refused = isinstance(refusal, InputError) and bool(refusal.findings)
        verdict(ORACLE, "pair refused with its reason" if refused else "pair refused without a word")
        assert isinstance(refusal, InputError)
        assert refusal.findings, f"{case} is refused without a word"
        record.note("refusal", ORACLE, str(case), [finding.message for finding in refusal.findings])
    for name, values in dimensions().items():
        assert {getattr(case, name) for case in allowed_pairs()} == set(values)


def test_the_recorded_matrix_is_the_one_that_is_judged(request: pytest.FixtureRequest) -> None:
    """Else `make test` would hold against answers that nobody asks any more."""
    if request.config.getoption("--record"):
        return
    judged = {"allowed": allowed_pairs(), "refused": refused_pairs(), "contracts": contracts()}
    for name, cases in judged.items():
        assert set(recorded_cases(name)) == set(cases), "run `make conformance-record`"


@pytest.mark.full
def test_the_whole_matrix_is_planned_or_refused_with_reasons(verdict) -> None:
    """No traceback, and no refusal without a finding."""
    for case in whole():
        plan = plan_of(case)
        silent = isinstance(plan, InputError) and not plan.findings
        word = "refused without a word" if silent else "refused with its reason"
        verdict(ORACLE, word if isinstance(plan, InputError) else "allowed")
        assert not silent, str(case)
