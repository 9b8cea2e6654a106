"""Models are asked each prompt once, through all that may go wrong on the way, and what comes is read as it is."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import pytest

import fastslop as fs
from fastslop.generating import asking
from fastslop.generating.answers import EndpointError
from fastslop.generating.endpoint import Endpoint
from fastslop.system.claims import claims_in
from scripts.stand_in import Reply, StandIn, completion, replied, stand_in
from tests.conftest import ROOT
from tests.corpora_of import Answer, done, fastslop, write_jsonl

KEY = "sk-secret-of-mine"
PROMPTS = [
    {"id": i, "genre": genre, "prompt": f"Write a {genre} about the number {i}."}
    for i, genre in enumerate(["story", "essay"] * 3)
]
BAD_GATEWAY = replied({"error": {"message": f"no upstream for {KEY}"}}, 502)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries the client waits a hundredth of its usual time."""
    from openai import _base_client

    monkeypatch.setattr(_base_client, "INITIAL_RETRY_DELAY", 0.005)


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "prompts.jsonl", PROMPTS)


def said(request: Mapping[str, Any]) -> Reply:
    """A text that tells what was asked of whom."""
    return replied(completion(f"{request['model']} says of {request['messages'][-1]['content']!r} what there is."))


def command(server: StandIn, prompts: Path, out: Path, *more: object) -> tuple[object, ...]:
    return ("generate", "--base-url", server.address, "--prompts", prompts, "-o", out, "--model", "a", *more)


def ask(server: StandIn, prompts: Path, out: Path, *more: object) -> Answer:
    return fastslop(*command(server, prompts, out, *more))


def records_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def asked_of(server: StandIn) -> Counter[tuple[str, str, int | None]]:
    """How often each request came."""
    return Counter((r["model"], r["messages"][-1]["content"], r.get("seed")) for r, _ in server.requests)


def scripted(*replies: Reply) -> Callable[[Mapping[str, Any]], Reply]:
    """A server that replies so, one after the other, and well from then on."""
    left = iter(replies)
    return lambda request: next(left, None) or said(request)


def test_generate__asks_every_model_each_prompt_once_a_sample(prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "mine.jsonl"
    with stand_in(said) as server:
        answer = ask(server, prompts, out, "--model", "b", "--samples", 2, "--temperature", 0.5, "--json")
    records = records_of(out)
    assert [(r["model"], r["sample"], r["prompt_id"]) for r in records] == [
        (model, sample, str(i)) for model in "ab" for sample in (0, 1) for i in range(6)
    ]
    assert {r["genre"] for r in records} == {"story", "essay"}
    assert all(r["prompt"] in r["output"] and r["finish_reason"] == "stop" for r in records)
    assert len({r["seed"] for r in records}) == len(records) == 24
    assert set(asked_of(server).values()) == {1}
    assert {(r["temperature"], r["max_tokens"], key) for r, key in server.requests} == {(0.5, 4096, KEY)}
    assert [own["n_new"] for own in answer.json["models"]] == [12, 12]
    assert answer.json["models"][0]["prompt_tokens"] == 120


def test_generations__are_read_without_an_option_and_their_genres_too(prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.jsonl"
    with stand_in() as server:
        assert ask(server, prompts, out, "--samples", 2, "--model", "b").code == 0
    profiles = fs.count(out)
    assert profiles.labels == ("a", "b")
    assert profiles.result is not None and not profiles.result.tally.skipped
    assert [int(p.prompts.n_docs.sum()) for p in profiles] == [12, 12]
    assert [len(p.prompts.keys) for p in profiles] == [6, 6]
    assert profiles["a"].prompt_texts.texts == profiles["b"].prompt_texts.texts
    assert set(profiles["a"].prompt_texts.texts) == {prompt["prompt"] for prompt in PROMPTS}
    lists = fs.slop_lists(profiles, genres=out)
    assert set(lists.genres) == {"story", "essay"}


def test_chats__are_asked_with_their_turns_and_read_again(tmp_path: Path) -> None:
    rows = [
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Tell of number {i}."}]}
        for i in range(3)
    ]
    with stand_in(said) as server:
        assert ask(server, write_jsonl(tmp_path / "chats.jsonl", rows), tmp_path / "mine.jsonl").code == 0
        assert ask(server, tmp_path / "mine.jsonl", tmp_path / "again.jsonl").code == 0  # as prompts
    sent = [request["messages"] for request, _ in server.requests]
    assert sorted(map(str, sent[:3])) == sorted(map(str, sent[3:])) == sorted(str(row["messages"]) for row in rows)
    assert (tmp_path / "mine.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    profile = fs.count(tmp_path / "mine.jsonl")["a"]
    assert {text.split("\n\n")[0] for text in profile.prompt_texts.texts} == {"Be brief."}
    assert len(profile.prompts.keys) == 3


def test_file__that_another_job_writes_is_left_to_it(prompts: Path, tmp_path: Path) -> None:
    with stand_in(said) as server, claims_in(tmp_path) as claims:
        claims.add("mine.jsonl")
        answer = ask(server, prompts, tmp_path / "mine.jsonl")
    assert answer.code == 2 and "mine.jsonl is being written by process" in answer.log and not server.requests


def test_file__is_the_same_whatever_comes_first(prompts: Path, tmp_path: Path) -> None:
    with stand_in(said) as server:
        ask(server, prompts, tmp_path / "one.jsonl", "--concurrency", 1)
        ask(server, prompts, tmp_path / "many.jsonl", "--concurrency", 6)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "many.jsonl").read_bytes()


def test_same_command__asks_nothing_twice_and_what_is_new(prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.jsonl"
    with stand_in(said) as server:
        ask(server, prompts, out)
        before = out.read_bytes()
        again = ask(server, prompts, out)
        assert again.code == 0 and len(server.requests) == 6
        assert "6 of 6" in again.out and out.read_bytes() == before
        ask(server, prompts, out, "--samples", 2, "--model", "b")
    assert set(asked_of(server).values()) == {1} and len(server.requests) == 24


def test_faults__of_a_moment_leave_nothing_out(prompts: Path, tmp_path: Path) -> None:
    never = Event()
    stalled = Reply(b"", until=never)
    cut = said({"model": "a", "messages": [{"content": "x"}]})
    cut = Reply(cut.body, 200, cut.headers, cut=20)
    limited = replied({"error": {"message": "slowly"}}, 429, **{"Retry-After": "0.01"})
    with stand_in(scripted(BAD_GATEWAY, limited, stalled, cut, Reply(b"{}", cut=0), limited)) as server:
        answer = ask(server, prompts, tmp_path / "mine.jsonl", "--timeout", 1)
        never.set()
    assert answer.code == 0 and "note" not in answer.log
    assert len(records_of(tmp_path / "mine.jsonl")) == 6 and len(server.requests) == 12


def test_answers__that_are_cut_off_are_kept_and_counted(prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.jsonl"
    with stand_in(scripted(replied(completion("It began and", "length")))) as server:
        answer = ask(server, prompts, out)
        assert "a: 1 answer cut off at --max-tokens; they are kept" in answer.log
        assert "1 answer cut off" in ask(server, prompts, out).log
    assert sorted(r["finish_reason"] for r in records_of(out)) == ["length", *["stop"] * 5]
    assert fs.count(out)["a"].guarded.truncated == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (replied(completion("")), "an empty answer 1"),
        (replied(completion(None, "length", reasoning_content="Hm.")), "nothing but reasoning 1"),
        (replied(completion(None, "length", reasoning="Hm.")), "nothing but reasoning 1"),
        (replied(completion("<think>Hm, a story", "length")), "raise --max-tokens, or see --extra"),
        (replied(completion("I", "content_filter")), "refused by the service 1"),
        (replied(completion(None, refusal="I will not.")), "refused by the service: I will not."),
        (replied({"error": {"message": f"{KEY} is down"}}), r"no chat completion: [key] is down"),
        (replied({"choices": []}), "no chat completion: its fields: choices"),
        (replied({"choices": [{"message": {"content": 3}}]}), "no chat completion: text is not a string"),
        (replied([1]), "no chat completion: [1]"),
        (Reply(b'{"choices": [', headers={"Content-Type": "application/json"}), 'completion: {"choices": ['),
        (Reply(b"<html>Log in</html>", headers={"Content-Type": "text/html"}), "<html>Log in</html>"),
        (replied({"error": {"message": "too long a prompt"}}, 400), "rejected (400): too long a prompt"),
        (BAD_GATEWAY, "server error 502: no upstream for [key]"),
        (Reply(b"{", cut=0), "the connection broke off"),
        (Reply(b"", until=Event()), "no answer in time: silent for 1 s; raise --timeout"),
    ],
)
def test_prompt__without_an_answer_is_told_and_asked_again(
    reply: Reply, reason: str, prompts: Path, tmp_path: Path
) -> None:
    out, more = tmp_path / "mine.jsonl", ("--retries", 0, "--timeout", 60 if reply.until is None else 1)
    with stand_in(scripted(reply)) as server:
        answer = ask(server, prompts, out, *more)
        assert answer.code == 0 and reason in answer.log and "1 prompt without an answer" in answer.log
        assert len(records_of(out)) == 5
        assert KEY not in answer.log + answer.out + out.read_text()
        assert "note" not in ask(server, prompts, out, *more).log
        if reply.until is not None:
            reply.until.set()
    assert [r["prompt_id"] for r in records_of(out)] == [str(i) for i in range(6)]
    assert len(server.requests) == 7


def test_reasoning__is_kept_beside_the_answer_and_not_counted(prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.jsonl"
    with stand_in(lambda _: replied(completion("Dusk fell.", reasoning_content="Which words?"))) as server:
        ask(server, prompts, out)
    assert {r["reasoning_content"] for r in records_of(out)} == {"Which words?"}
    assert fs.count(out)["a"].find("which").is_empty()


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (
            replied({"error": {"message": f"wrong: {KEY}"}}, 401),
            "does not accept the key for a: that in OPENAI_API",
        ),
        (replied({"error": {"message": "top up"}}, 402), "wants to be paid before a goes on: top up"),
        (replied({"error": {"message": "no"}}, 404), "has no model 'a'; did you mean aa?"),
        (
            replied({"error": {"message": "slow"}}, 429),
            "takes no more requests for a, also after 2 more tries",
        ),
    ],
)
def test_endpoint__that_would_answer_nothing_ends_the_job(
    reply: Reply, message: str, prompts: Path, tmp_path: Path
) -> None:
    with stand_in(lambda _: reply, names=("aa", "b")) as server:
        answer = ask(server, prompts, tmp_path / "mine.jsonl", "--retries", 2, "--concurrency", 2)
    assert answer.code == 1 and f"error: {server.address} {message}" in answer.log
    assert not (tmp_path / "mine.jsonl").exists() and KEY not in answer.log
    assert len(server.requests) <= 6


def test_error__of_a_job_that_went_well_so_far_says_what_is_kept(prompts: Path, tmp_path: Path) -> None:
    replies = [replied(completion("One.")), replied(completion("Two.")), replied({}, 429)]
    with stand_in(scripted(*replies)) as server:
        answer = ask(server, prompts, tmp_path / "mine.jsonl", "--concurrency", 1, "--retries", 0)
    assert answer.code == 1 and "2 generations in" in answer.log and "kept: ask in the same way again" in answer.log
    assert len(server.requests) == 3 and len(records_of(tmp_path / "mine.jsonl")) == 2


def test_server__that_fails_all_the_time_ends_the_job(prompts: Path, tmp_path: Path) -> None:
    with stand_in(lambda _: BAD_GATEWAY) as server:
        few = ask(server, prompts, tmp_path / "few.jsonl", "--retries", 0)
        many = ask(server, prompts, tmp_path / "many.jsonl", "--retries", 0, "--samples", 9, "--concurrency", 1)
    assert few.code == 1 and "answered no prompt, the first to a: server error 502" in few.log
    assert many.code == 1 and "10 requests in a row have no answer, the last to a: server error 502" in many.log
    assert len(server.requests) == 6 + asking.MOST_FAILURES


def test_address__without_a_server_is_told_at_once(prompts: Path, tmp_path: Path) -> None:
    with stand_in() as server:
        pass
    answer = ask(server, prompts, tmp_path / "mine.jsonl")
    assert answer.code == 1 and f"no server answers at {server.address} (" in answer.log
    assert "start it, or correct --base-url" in answer.log


def test_address__that_takes_no_connection_is_told_as_one_without_a_server(
    prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx2
    from openai import APITimeoutError

    async def never(self: Endpoint) -> list[str]:
        raise APITimeoutError(httpx2.Request("GET", self.address)) from httpx2.ConnectTimeout("timed out")

    monkeypatch.setattr(Endpoint, "_models", never)
    answer = ask(StandIn("http://127.0.0.1:9/v1", []), prompts, tmp_path / "mine.jsonl")
    assert answer.code == 1 and "no server answers at http://127.0.0.1:9/v1 (timed out)" in answer.log


@pytest.mark.parametrize("path", ["", "/api"])
def test_address__that_is_no_endpoint_is_told(path: str, prompts: Path, tmp_path: Path) -> None:
    with stand_in(names=()) as server:
        wrong = StandIn(server.address.removesuffix("/v1") + path, [])
        answer = ask(wrong, prompts, tmp_path / "mine.jsonl")
    assert answer.code == 1 and "no address of an endpoint" in answer.log
    assert "most servers ends in /v1" in answer.log


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--base-url", "localhost:8000/v1"), "write one such as http://localhost:8000/v1"),
        (("--base-url", "http://me:word@[::1"), "--base-url is no address"),
        (("--extra", "[1]"), "'[1]' is no object of JSON"),
        (("--base-url", "https://api.openai.com/v1", "--key-env", "MY_KEY"), "wants a key: set MY_KEY"),
        (("--prompts", "none.jsonl"), "there is no file none.jsonl"),
        (("--out", "mine.csv"), "mine.csv: this is written as .jsonl"),
        (("--key-env", "BAD_KEY"), "what BAD_KEY holds is no key: it has characters that no header may have"),
    ],
)
def test_option__that_cannot_be_used_is_told(
    options: tuple[str, ...], message: str, prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAD_KEY", "s\u00ebcret")
    answer = ask(StandIn("http://127.0.0.1:9/v1", []), prompts, tmp_path / "mine.jsonl", *options)
    assert answer.code in (1, 2) and message in answer.log and "word" not in answer.log


def test_user_and_password__of_an_address_are_in_no_message(prompts: Path, tmp_path: Path) -> None:
    with stand_in(lambda _: replied({}, 401)) as server:
        private = StandIn(server.address.replace("//", "//me:word@"), [])
        answer = ask(private, prompts, tmp_path / "mine.jsonl")
    assert answer.code == 1 and server.address in answer.log and "word@" not in answer.log


def test_endpoint__without_a_key_says_so_if_it_wants_one(
    prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with stand_in(lambda _: replied({}, 401)) as server:
        answer = ask(server, prompts, tmp_path / "mine.jsonl")
    assert "there is none in OPENAI_API_KEY; set it, or name another variable by --key-env" in answer.log
    monkeypatch.setenv("THEIR_KEY", "other")
    with stand_in(said) as server:
        ask(server, prompts, tmp_path / "mine.jsonl", "--key-env", "THEIR_KEY")
    assert {key for _, key in server.requests} == {"other"}


def test_generate__without_the_client_says_what_to_install(
    prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    answer = ask(StandIn("http://127.0.0.1:9/v1", []), prompts, tmp_path / "mine.jsonl")
    assert answer.code == 2 and 'pip install "fastslop[generate]"' in answer.log


def test_budget__is_never_exceeded_and_what_it_does_not_reach_is_left(prompts: Path, tmp_path: Path) -> None:
    out, more = tmp_path / "mine.jsonl", ("--budget", 450, "--max-tokens", 50, "--json")
    with stand_in(lambda _: replied(completion("word " * 50))) as server:
        own = ask(server, prompts, out, *more).json["models"][0]
        assert own["prompt_tokens"] + own["completion_tokens"] == 60 * own["n_new"] <= 450
        assert own["n_new"] == len(server.requests) == 4 and own["n_left"] == 2
        again = ask(server, prompts, out, *more)
    assert again.json["models"][0]["n_left"] == 0 and len(server.requests) == 6


def test_budget__counts_what_the_server_does_not_tell_at_its_most(prompts: Path, tmp_path: Path) -> None:
    with stand_in(lambda _: replied(completion("word", usage=False))) as server:
        answer = ask(server, prompts, tmp_path / "mine.jsonl", "--budget", 450, "--max-tokens", 50)
    assert len(server.requests) == 2
    assert "the server does not tell the tokens of 2 answers" in answer.log
    assert "the budget of 450 tokens might not have lasted for 4 further prompts" in answer.log


def test_model__that_takes_the_limit_by_its_new_name_is_given_it(prompts: Path, tmp_path: Path) -> None:
    old = {"error": {"message": "'max_tokens' is not supported. Use 'max_completion_tokens' instead."}}
    with stand_in(lambda request: replied(old, 400) if "max_tokens" in request else said(request)) as server:
        answer = ask(server, prompts, tmp_path / "mine.jsonl", "--concurrency", 3)
    assert answer.code == 0 and "note" not in answer.log and 7 <= len(server.requests) <= 9
    assert server.requests[-1][0]["max_completion_tokens"] == records_of(tmp_path / "mine.jsonl")[0]["max_tokens"]


def test_extra__is_sent_and_told_and_no_seed_if_none_is_wanted(prompts: Path, tmp_path: Path) -> None:
    with stand_in(said) as server:
        ask(server, prompts, tmp_path / "mine.jsonl", "--extra", '{"top_p": 0.5}', "--no-seed")
    assert all(r["top_p"] == 0.5 and "seed" not in r for r, _ in server.requests)
    assert {json.dumps(r["extra_body"]) for r in records_of(tmp_path / "mine.jsonl")} == {'{"top_p": 0.5}'}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--temperature", 1), "with --temperature: 0.7 then, 1.0 now; choose another file for --out"),
        (("--max-tokens", 9), "with --max-tokens: 4096 then, 9 now"),
        (("--no-seed",), "with --seed: "),
        (("--extra", '{"top_p": 1}'), "with --extra: None then, {'top_p': 1} now"),
    ],
)
def test_answers__that_were_asked_for_otherwise_are_not_mixed(
    more: tuple[object, ...], message: str, prompts: Path, tmp_path: Path
) -> None:
    with stand_in(said) as server:
        ask(server, prompts, tmp_path / "mine.jsonl")
        answer = ask(server, prompts, tmp_path / "mine.jsonl", *more)
    assert answer.code == 2 and message in answer.log and "mine.jsonl:1: a answered '0'" in answer.log
    assert len(server.requests) == 6


def test_answers__to_another_prompt_of_that_id_are_not_mixed(prompts: Path, tmp_path: Path) -> None:
    with stand_in(said) as server:
        ask(server, prompts, tmp_path / "mine.jsonl")
        write_jsonl(prompts, [{"id": 0, "prompt": "Write something else, please."}])
        answer = ask(server, prompts, tmp_path / "mine.jsonl")
    assert answer.code == 2 and "answered '0' with another prompt of that id" in answer.log


@pytest.mark.parametrize(
    "before", [b'{"text": "Mine."}\n', b"Mine, and not JSON.", b'{"model": "a", "output": "Mine."}']
)
def test_file__of_somebody_else_is_left_as_it_is(before: bytes, prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.jsonl"
    out.write_bytes(before)
    with stand_in(said) as server:
        answer = ask(server, prompts, out)
    assert answer.code == 1 and "mine.jsonl:1: is no answer that generate wrote" in answer.log
    assert out.read_bytes() == before and not server.requests


def test_line__that_broke_off_is_taken_out_though_nothing_is_asked(prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.jsonl"
    with stand_in(said) as server:
        ask(server, prompts, out)
        whole = out.read_bytes()
        for broken in (b"{", whole[:9], whole[:60]):
            out.write_bytes(whole + broken)
            assert "mine.jsonl:7: this line broke off" in ask(server, prompts, out).log
            assert out.read_bytes() == whole
        out.write_bytes(whole.removesuffix(b"\n"))  # as an editor may leave it
        ask(server, prompts, out)
    assert out.read_bytes() == whole and len(server.requests) == 6


@pytest.fixture
def stalling() -> Iterator[tuple[Callable[[Mapping[str, Any]], Reply], Event, Event]]:
    """A server that stalls from the fourth request on, says so by the first event, and goes on at the second."""
    stalls, go_on, n_asked = Event(), Event(), 0

    def answer(request: Mapping[str, Any]) -> Reply:
        nonlocal n_asked
        n_asked += 1
        if n_asked > 3 and not go_on.is_set():
            stalls.set()
            return Reply(b"", until=go_on)
        return said(request)

    yield answer, stalls, go_on
    go_on.set()


def test_job__that_was_killed_goes_on_and_asks_nothing_twice(
    stalling: tuple[Any, Event, Event], prompts: Path, tmp_path: Path
) -> None:
    answer, stalls, go_on = stalling
    out, whole = tmp_path / "mine.jsonl", tmp_path / "whole.jsonl"
    with stand_in(answer) as server:
        arguments = map(str, command(server, prompts, out, "--concurrency", 1))
        with subprocess.Popen([sys.executable, "-m", "fastslop", *arguments], cwd=ROOT, stderr=subprocess.PIPE) as job:
            assert stalls.wait(60)
            job.kill()
        assert job.returncode == -signal.SIGKILL
        assert len(records_of(out)) == 3
        with out.open("ab") as file:
            file.write(out.read_bytes()[:70])  # as if it had been killed in the midst of writing
        go_on.set()
        again = ask(server, prompts, out)
        asked = asked_of(server)
        ask(server, prompts, whole)
    assert again.code == 0 and "mine.jsonl:4: this line broke off, where a job was killed" in again.log
    assert sorted(asked.values()) == [1, 1, 1, 1, 1, 2]  # the one under way had no answer yet
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_job__that_is_told_to_end_keeps_what_came(
    sent: signal.Signals, code: int, stalling: tuple[Any, Event, Event], prompts: Path, tmp_path: Path
) -> None:
    stall, _, go_on = stalling
    out = tmp_path / "mine.jsonl"

    def answer(request: Mapping[str, Any]) -> Reply:
        reply = stall(request)
        if reply.until is not None:
            while len(out.read_bytes().splitlines()) < 3:
                sleep(0.001)
            os.kill(os.getpid(), sent)
        return reply

    with stand_in(answer) as server:
        ended = ask(server, prompts, out, "--concurrency", 1)
        assert ended.code == code and f"what came is kept in {out}; the same command goes on" in ended.log
        assert len(records_of(out)) == 3
        go_on.set()
        assert ask(server, prompts, out).code == 0
    assert len(records_of(out)) == 6 and len(server.requests) == 7


def test_generate__works_where_a_loop_runs_already_as_in_a_notebook(prompts: Path, tmp_path: Path) -> None:
    async def cell(server: StandIn) -> fs.Generated:
        return fs.generate("a", tmp_path / "mine.jsonl", base_url=server.address, prompts=prompts)

    with stand_in() as server:
        made = asyncio.run(cell(server))
    assert made.models[0].n_new == 6 and made.notes == ()


def test_generate__raises_what_a_program_can_catch(prompts: Path, tmp_path: Path) -> None:
    with stand_in(lambda _: replied({}, 401)) as server, pytest.raises(EndpointError):
        fs.generate("a", tmp_path / "mine.jsonl", base_url=server.address, prompts=prompts)
    with pytest.raises(fs.UsageError, match="one model, sample, token and request at once are the least"):
        fs.generate([], tmp_path / "mine.jsonl", prompts=prompts)


def test_standard_panel__is_asked_unless_others_are_named(tmp_path: Path) -> None:
    out, few = tmp_path / "m.jsonl", ("--budget", 2000, "--max-tokens", 500, "--json")
    with stand_in(said) as server:
        answer = done("generate", "--base-url", server.address, "--model", "m", "-o", out, *few)
    assert answer.json["models"][0]["n_wanted"] == 150 > len(server.requests)
    assert records_of(out)[0]["prompt_id"] == "standard-1/story-1"
