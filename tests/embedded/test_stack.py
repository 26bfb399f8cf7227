"""The engines as one: what they promise while they run and after they were ended."""

import os
import signal
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import pytest
import redis
from botocore.client import Config

from infra.embedded import postgres
from infra.embedded.databases import create_database, drop_database, run_sql
from infra.embedded.errors import AlreadyRunning
from infra.embedded.stack import Stack

Environment = dict[str, str]


def ports_of(environment: Environment) -> set[int]:
    urls = [environment[f"ANSHANG_{n}"] for n in ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT")]
    return {int(url.rsplit(":", 1)[1].split("/")[0]) for url in urls}


def listeners() -> dict[int, set[str]]:
    """Port → the hexadecimal addresses on which somebody of this machine listens."""
    found: dict[int, set[str]] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state = line.split()[:4]
            if state == "0A":
                address, port = local.split(":")
                found.setdefault(int(port, 16), set()).add(address)
    return found


def s3(environment: Environment, secret: str | None = None) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=environment["ANSHANG_S3_ENDPOINT"],
        region_name=environment["ANSHANG_S3_REGION"],
        aws_access_key_id=environment["ANSHANG_S3_ACCESS_KEY"],
        aws_secret_access_key=secret or environment["ANSHANG_S3_SECRET_KEY"],
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def write(environment: Environment) -> None:
    owner = environment["ANSHANG_OWNER_DATABASE_URL"]
    run_sql(owner, "create table kept (word text); insert into kept values ('安商');")
    redis.Redis.from_url(environment["ANSHANG_REDIS_URL"]).set("kept", "安商")
    s3(environment).put_object(Bucket="anshang-sealed", Key="kept", Body="安商".encode())


def read(environment: Environment) -> tuple[str, str, str]:
    row = run_sql(environment["ANSHANG_OWNER_DATABASE_URL"], "select word from kept;").strip()
    value = redis.Redis.from_url(environment["ANSHANG_REDIS_URL"]).get("kept")
    stored = s3(environment).get_object(Bucket="anshang-sealed", Key="kept")["Body"].read()
    assert isinstance(value, bytes)
    return row, value.decode(), stored.decode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack for the tests that only look."""
    with Stack(tmp_path_factory.mktemp("running"), durable=False) as stack:
        yield stack


def test_data_and_addresses_survive_a_restart_under_a_long_path_with_spaces(
    tmp_path: Path, gone: Callable[[Path], float]
) -> None:
    data = tmp_path / "a directory with spaces" / ("long " * 24)[:-1]
    assert len(str(data)) > 107
    stack = Stack(data)
    first = stack.start()
    write(first)
    stack.stop()
    gone(data)

    with Stack(data) as again:
        second = again.environment()

        assert second == first
        assert read(second) == ("安商", "安商", "安商")


def test_everything_listens_on_the_loopback_alone(running: Stack) -> None:
    open_ports = listeners()

    for port in ports_of(running.environment()):
        assert open_ports[port] == {"0100007F"}


def test_roles_have_no_right_to_pass_the_wall(running: Stack) -> None:
    environment = running.environment()
    owner = environment["ANSHANG_OWNER_DATABASE_URL"]

    roles = run_sql(
        owner,
        "select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles"
        " where rolname like 'anshang%' order by rolname;",
    )
    assert roles.split() == [
        "anshang_app|f|f|f|f",
        "anshang_owner|f|f|t|f",
        "anshang_relay|f|f|f|f",
    ]
    copy = create_database(owner, "copy of it")
    assert run_sql(
        copy, "select extname from pg_extension order by 1; select show_trgm('渝北区') <> '{}';"
    ).split() == ["btree_gist", "pg_trgm", "plpgsql", "t"]
    drop_database(owner, "copy of it")
    for name in ("DATABASE_URL", "RELAY_DATABASE_URL"):
        assert run_sql(environment[f"ANSHANG_{name}"], "select 1;") == "1\n"


def test_a_wrong_password_opens_nothing(running: Stack) -> None:
    environment = running.environment()
    endpoint = environment["ANSHANG_S3_ENDPOINT"]
    client = s3(environment, secret="0" * 32)

    for act in (
        client.list_buckets,
        lambda: client.list_objects_v2(Bucket="anshang-sealed"),
        lambda: client.put_object(Bucket="anshang-sealed", Key="k", Body=b""),
    ):
        with pytest.raises(client.exceptions.ClientError, match="SignatureDoesNotMatch"):
            act()
    for method, path in (
        ("GET", "/"),
        ("GET", "/anshang-sealed?list-type=2"),
        ("GET", "/anshang-sealed/k?X-Amz-Signature=0&X-Amz-Credential=test/1/us-east-1/s3/x"),
        ("GET", "/anshang-sealed/k?AWSAccessKeyId=test&Signature=x&Expires=9999999999"),
        ("POST", "/_ministack/reset"),
        ("PUT", "/anshang-sealed/k"),
        ("POST", "/anshang-incoming"),
    ):
        assert status(endpoint, method, path) == 403, path
    assert len(s3(environment).list_buckets()["Buckets"]) == 4
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(
            environment["ANSHANG_REDIS_URL"].replace("redis://:", "redis://:x")
        ).ping()


def status(endpoint: str, method: str, path: str) -> int:
    line = HTTPConnection(endpoint.removeprefix("http://"), timeout=10)
    line.request(method, path)
    return line.getresponse().status


def test_a_second_run_on_the_same_directory_is_refused_and_harms_nothing(
    running: Stack, hold: Callable[..., Any]
) -> None:
    environment = running.environment()
    write(environment)

    second = hold(running.data_dir)

    refused = second.answer()
    assert refused["refused"] == "AlreadyRunning"
    assert f"in use by process {os.getpid()}" in str(refused["message"])
    assert second.process.wait(10) == AlreadyRunning.exit_code
    assert read(environment) == ("安商", "安商", "安商")


def test_two_directories_run_side_by_side(tmp_path: Path, hold: Callable[..., Any]) -> None:
    other = hold(tmp_path / "other")
    with Stack(tmp_path / "mine", durable=False) as stack:
        mine = ports_of(stack.environment())
        theirs = ports_of(other.answer()["environment"])

        assert len(mine | theirs) == 6
        assert other.finish() == 0


def test_no_engine_outlives_a_killed_supervisor_and_data_are_intact(
    tmp_path: Path, hold: Callable[..., Any], gone: Callable[[Path], float]
) -> None:
    held = hold(tmp_path)
    answer = held.answer()
    write(answer["environment"])

    held.kill()
    with Stack(tmp_path, durable=False) as stack:  # at once, so it has to wait for them
        assert not [pid for pid in answer["pids"] if works(pid)]
        assert stack.environment() == answer["environment"]
        assert read(stack.environment()) == ("安商", "安商", "安商")

    held = hold(tmp_path)
    held.answer()
    held.kill()
    assert gone(tmp_path) < 5


def test_a_killed_engine_is_started_again_with_its_data(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        environment = stack.environment()
        write(environment)

        for name in ("postgres", "valkey", "store"):
            child = stack.children[name]
            child.process.send_signal(signal.SIGKILL)
            child.process.wait(10)
            stack.restart(name)

        assert stack.environment() == environment
        assert read(environment) == ("安商", "安商", "安商")


def test_root_steps_down_either_way_and_can_change_between_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = ["user", postgres.user_mode()] if os.geteuid() == 0 else ["same"]
    for number, way in enumerate(ways):
        monkeypatch.setattr(postgres, "user_mode", lambda way=way: way)
        with Stack(tmp_path, durable=False) as stack:
            environment = stack.environment()
            if number == 0:
                write(environment)

            assert read(environment)[0] == "安商"


def test_an_ordinary_user_can_run_it(
    tmp_path: Path, hold: Callable[..., Any], gone: Callable[[Path], float]
) -> None:
    before = []
    if os.geteuid() == 0:
        from infra.embedded.launch import ordinary_user, step_down

        os.chown(tmp_path, ordinary_user().pw_uid, -1)
        before = step_down([], signal.SIGKILL)
    held = hold(tmp_path, before)

    answer = held.answer()

    assert read_owner(answer["pids"]) == {tmp_path.stat().st_uid}
    assert tmp_path.stat().st_uid != 0
    assert held.finish() == 0
    gone(tmp_path)


def works(pid: int) -> bool:
    """Whether a process runs; one that has ended may wait for somebody to notice."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def read_owner(pids: list[int]) -> set[int]:
    return {Path(f"/proc/{pid}").stat().st_uid for pid in pids}
