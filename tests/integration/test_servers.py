"""The servers of the tests: they start, they are alone with the test, and their faults are real faults."""

import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pika
import psycopg
import pytest
from pika.exceptions import AMQPConnectionError, ConnectionClosedByBroker, StreamLostError

from tests.conftest import Eventually
from tests.servers.postgres import PrivatePostgres
from tests.servers.proxy import FaultProxy, Mode
from tests.servers.rabbit import PrivateRabbit


def send(url: str, body: bytes) -> None:
    """Publish one persistent message with a confirm to the durable queue `letters`."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("letters", durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", "letters", body, pika.BasicProperties(delivery_mode=2), mandatory=True)


def take(url: str) -> bytes | None:
    """Take one message from the queue `letters`."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        body: bytes | None = connection.channel().basic_get("letters", auto_ack=True)[2]
        return body


def through(url: str, proxy: FaultProxy) -> str:
    """Return the URL with the proxy's port in place of the server's."""
    return url.replace(f":{urlsplit(url).port}/", f":{proxy.port}/")


def test_each_test_has_a_virtual_host_of_its_own(rabbit: PrivateRabbit, amqp_url: str) -> None:
    """What one test declares, another does not see, and it is gone afterwards."""
    with rabbit.vhost() as other:
        send(other, b"one")
        assert set(rabbit.queues(other)) == {"letters"}
        assert rabbit.queues(amqp_url) == {}
    with pytest.raises(AMQPConnectionError):
        pika.BlockingConnection(pika.URLParameters(other))


def test_an_operator_can_close_the_connections_of_a_test(
    rabbit: PrivateRabbit, amqp_url: str, eventually: Eventually
) -> None:
    """A connection closed from the management interface ends with the broker's own word for it."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    eventually(lambda: rabbit.connections(amqp_url))
    assert rabbit.close_connections(amqp_url) == 1
    with pytest.raises(ConnectionClosedByBroker):
        connection.process_data_events(time_limit=5)


def test_definitions_come_out_and_go_in(rabbit: PrivateRabbit, amqp_url: str) -> None:
    """The topology of one virtual host can be written into another."""
    send(amqp_url, b"one")
    definitions = rabbit.definitions(amqp_url)
    with rabbit.vhost() as other:
        rabbit.load_definitions(other, definitions)
        assert set(rabbit.queues(other)) == {"letters"}


@pytest.mark.slow
@pytest.mark.owns_server
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_confirmed_message_outlives_the_broker(rabbit: PrivateRabbit, amqp_url: str, how: str) -> None:
    """The private node is started again with what was durable, at the same address."""
    send(amqp_url, b"kept")
    getattr(rabbit, how)()
    with pytest.raises(AMQPConnectionError):
        take(amqp_url)
    rabbit.start()
    assert take(amqp_url) == b"kept"


@pytest.mark.slow
@pytest.mark.owns_server
def test_the_broker_can_be_closed_and_opened_within_its_machine(rabbit: PrivateRabbit, amqp_url: str) -> None:
    """stop_app refuses connections, start_app takes them again."""
    send(amqp_url, b"kept")
    rabbit.stop_app()
    with pytest.raises(AMQPConnectionError):
        take(amqp_url)
    rabbit.start_app()
    assert take(amqp_url) == b"kept"


@pytest.mark.slow
@pytest.mark.owns_server
def test_a_memory_alarm_blocks_publishers(rabbit: PrivateRabbit, amqp_url: str, eventually: Eventually) -> None:
    """While the alarm is on, a publisher is told that it is blocked, and told when it is over."""
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        told: list[str] = []
        connection.add_on_connection_blocked_callback(lambda *_: told.append("blocked"))
        connection.add_on_connection_unblocked_callback(lambda *_: told.append("unblocked"))

        def heard(word: str) -> bool:
            connection.process_data_events(time_limit=0.1)
            return word in told

        channel = connection.channel()
        rabbit.memory_alarm(on=True)
        channel.basic_publish("", "nowhere", b"")  # a connection is only blocked once it publishes
        eventually(lambda: heard("blocked"))
        rabbit.memory_alarm(on=False)
        eventually(lambda: heard("unblocked"))


def test_a_cut_link_is_noticed(amqp_url: str) -> None:
    """A reset connection raises at once; the next one passes."""
    target = urlsplit(amqp_url)
    with FaultProxy(("127.0.0.1", target.port or 0)) as proxy:
        connection = pika.BlockingConnection(pika.URLParameters(through(amqp_url, proxy)))
        assert proxy.cut() == 1
        with pytest.raises(StreamLostError):
            connection.process_data_events(time_limit=5)
        send(through(amqp_url, proxy), b"passes")


@pytest.mark.parametrize("mode", [Mode.BLACKHOLE, Mode.HALF_OPEN])
def test_a_silent_link_delivers_when_it_wakes(mode: Mode, eventually: Eventually) -> None:
    """Nothing comes back while the link is silent, and nothing is lost when it passes again."""
    with socket.create_server(("127.0.0.1", 0)) as server, FaultProxy(server.getsockname()) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            accepted, _ = server.accept()
            with accepted:
                proxy.mode = mode
                accepted.sendall(b"answer")
                client.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    client.recv(10)
                proxy.mode = Mode.PASS
                client.settimeout(5)
                assert client.recv(10) == b"answer"
        eventually(lambda: proxy.connections == 0)


def test_a_refusing_link_spares_what_stands() -> None:
    """A new connection ends at once, an open one goes on."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        FaultProxy(server.getsockname()) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port)) as old,
        server.accept()[0] as accepted,
    ):
        proxy.mode = Mode.REFUSE
        with socket.create_connection(("127.0.0.1", proxy.port)) as new, pytest.raises(ConnectionResetError):
            new.recv(1)
        old.sendall(b"still here")
        assert accepted.recv(20) == b"still here"


def test_the_proxy_stands_before_a_unix_socket_too(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A cut database connection raises what a lost server raises."""
    parts = urlsplit(database_url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    folder = tmp_path_factory.mktemp("p")
    with FaultProxy(Path(query["host"]) / f".s.PGSQL.{query['port']}", folder) as proxy:
        url = parts._replace(query=f"host={folder}&port={query['port']}").geturl()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            proxy.cut()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")


def test_each_test_has_a_database_of_its_own(postgres: PrivatePostgres, empty_database_url: str) -> None:
    """What one test writes, another does not see."""
    with postgres.database() as other, psycopg.connect(other, autocommit=True) as connection:
        connection.execute("CREATE TABLE letters (body text)")
        with psycopg.connect(empty_database_url) as ours:
            assert ours.execute("SELECT to_regclass('letters')").fetchone() == (None,)


@pytest.mark.owns_server
def test_a_committed_row_outlives_a_crash_of_the_database(postgres: PrivatePostgres, empty_database_url: str) -> None:
    """After a crash the server recovers what was committed, at the same address."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE letters AS SELECT 'kept' AS body")
    postgres.crash()
    postgres.start()
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT body FROM letters").fetchone() == ("kept",)
