"""The line of a request: put together from pieces, and the same as in one go."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.answered import Answered
from gateway.telemetry.lines import Cut, Lines
from gateway.telemetry.privacy import truncated

AT_US = 1_793_000_000_123_456
ODD = (
    "",
    "/a b",
    '/"',
    "/\\",
    "/\u202e",
    "/\n",
    "/x?q=1",
    "/cg_live_abcdefgh",
    "/" * 600,
)
texts = st.one_of(st.sampled_from(ODD), st.text(max_size=40))
answered = st.builds(
    Answered,
    request_id=st.one_of(st.just("req_1"), texts),
    decision=st.sampled_from(["allow", "meter", "offer", "throttle", "error", "own"]),
    rule=texts,
    reason=st.one_of(st.just("Reading is free."), texts),
    klass=st.one_of(st.just("person"), texts),
    kind=st.sampled_from(["browser", "unknown"]),
    method=st.one_of(st.just("GET"), texts),
    host=st.one_of(st.just("archive.example"), texts),
    path=texts,
    status=st.sampled_from([0, 200, 402, 503]),
    body_bytes=st.integers(0, 10**12),
    duration_ns=st.integers(0, 10**12),
    client_ip=st.sampled_from(["198.51.100.7", "2001:db8::1", "", "x"]),
    policy_version=st.sampled_from(["", "f00d" * 16]),
)


@given(st.lists(answered, max_size=6))
def test_a_line_of_pieces_is_the_line_in_one_go(requests: list[Answered]) -> None:
    lines, whole = Lines(Cut()), Lines(Cut())
    for said in (*requests, *requests):
        name = "request.refused" if said.is_refused else "request.answered"
        fields = {
            "request_id": said.request_id,
            "decision": said.decision,
            "rule": said.rule,
            "reason": said.reason,
            "status": said.status,
            "method": said.method,
            "host": said.host,
            "path": said.path.partition("?")[0],
            "class": said.klass,
            "kind": said.kind,
            "body_bytes": said.body_bytes,
            "duration_ms": said.duration_ms,
            "client": truncated(said.client_ip),
            "policy_version": said.policy_version[:16],
        }

        assert lines.answered(said, AT_US) == whole.event(name, fields, AT_US)
