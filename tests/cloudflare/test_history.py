"""Any history of releases, failing, killed and taken back, on a Cloudflare in memory.

After each of them, and what finishes it, users get one release: the one before or the new one.
"""

from collections.abc import Callable

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from harness.cloudflare.record import Phase, Record
from harness.cloudflare.serving import Candidate, Serving
from harness.errors import HarnessError, ToolError
from tests.cloudflare.made_up import KilledError, MadeUp, release_of

CALLS = ("upload", "put", "patch", "rollout", "serve", "promote")
CUT = (KilledError(), KeyboardInterrupt(), ToolError("no end after 180 s"))
MOMENTS = st.none() | st.integers(1, 40)


class History(RuleBasedStateMachine):
    """One environment and its releases.

    Attributes:
        good: What users get, as the last release that was not undone left it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cloud = MadeUp()
        self.good = self.cloud.served
        self.number = 1

    @property
    def record(self) -> Record:
        return self.cloud.read("production")[0]

    @rule(
        code_only=st.booleans(),
        ill=st.booleans(),
        silent=st.booleans(),
        fails=st.dictionaries(st.sampled_from(CALLS), st.booleans(), max_size=1),
        cut=st.dictionaries(st.sampled_from(CALLS), st.sampled_from(CUT), max_size=1),
        killed=MOMENTS,
        again=MOMENTS,
    )
    def release(  # noqa: PLR0913 -- one for each thing that can happen to it
        self,
        *,
        code_only: bool,
        ill: bool,
        silent: bool,
        fails: dict[str, bool],
        cut: dict[str, BaseException],
        killed: int | None,
        again: int | None,
    ) -> None:
        cloud, before = self.cloud, self.good
        candidate = self.candidate(code_only=code_only)
        version = f"v{len(cloud.uploads) + 1}"
        cloud.ill |= {version if code_only else candidate.image} if ill else set()
        cloud.silent, cloud.fails, cloud.cut = silent, dict(fails), dict(cut)
        self.until_killed(lambda: release_of(self.cloud, "me").run(candidate), killed)
        cloud.silent = False
        cloud.fails.clear()
        cloud.cut.clear()
        self.until_killed(lambda: release_of(self.cloud, "second").finish(), again)
        release_of(self.cloud, "third").finish()
        if cloud.served != before:
            assert not ill
            assert cloud.served == self.whole(candidate)
            # It is known as one that was found well.
            assert self.record.past[0].release == candidate.release
        self.good = cloud.served

    @precondition(lambda self: self.older() is not None)
    @rule(killed=MOMENTS)
    def roll_back(self, killed: int | None) -> None:
        older = self.older()
        assert older is not None
        before = self.good
        ended = self.until_killed(lambda: release_of(self.cloud, "me").run_again(older), killed)
        release_of(self.cloud, "second").finish()
        target = (((older.version, 100.0),), older.image, older.image)
        assert self.cloud.served in {before, target}
        assert self.cloud.served == target or not ended
        self.good = self.cloud.served

    @invariant()
    def nothing_is_left_half_done(self) -> None:
        shares, configured, running = self.cloud.served
        assert len(shares) == 1
        assert configured == running
        assert not self.cloud.late
        assert self.record.phase is Phase.IDLE
        assert not self.record.owner

    def candidate(self, *, code_only: bool) -> Candidate:
        self.number += 1
        name = self.good[1].rpartition(":")[2] if code_only else f"r{self.number}"
        image = f"registry/loa@sha256:{name}"
        return Candidate(release=f"r{self.number}", commit="x", image=image, revision=name)

    def whole(self, candidate: Candidate) -> object:
        version = self.cloud.shares[0][0]
        return ((version, 100.0),), candidate.image, candidate.image

    def older(self) -> Serving | None:
        known = self.record.known(self.cloud.shares[0][0])
        before = known.before if known else None
        return None if before is None or {before.version, before.image} & self.cloud.ill else before

    def until_killed(self, run: Callable[[], object], moments: int | None) -> bool:
        """Run something, and return whether it ended well."""
        self.cloud.bomb = -1 if moments is None else self.cloud.moments + moments
        try:
            run()
        except (KilledError, KeyboardInterrupt, HarnessError):
            return False
        finally:
            self.cloud.bomb = -1
        return True


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=150,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
