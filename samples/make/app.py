"""The movie service behind nginx: answers, stumbles and logs as such a service does (standard library logging)."""

import http.server
import json
import logging
import socket
import sys
import time
import urllib.request

logging.basicConfig(
    filename="/var/log/app/app.log",
    level=logging.DEBUG,
    format="%(asctime)s - %(name)s - %(levelname)s - %(message)s",
)
log = logging.getLogger("movies.api")
upstream = logging.getLogger("movies.tmdb")
store = logging.getLogger("movies.store")


class ValidationError(ValueError):
    pass


def fetch_ratings(movie):
    try:
        # Nothing listens there.
        urllib.request.urlopen(f"http://127.0.0.1:9999/3/movie/{movie}/ratings", timeout=0.2)
    except OSError as error:
        raise ConnectionError(f"ratings of movie {movie} are out of reach") from error


def save(movie, rating):
    if not 0 <= rating <= 10:
        raise ValidationError(f"rating {rating} of movie {movie} is not within 0..10")
    store.debug("movie %d rated %.1f", movie, rating)


def connect_database(attempt):
    try:
        socket.create_connection(("127.0.0.1", 5999), timeout=0.2)
    except OSError:
        store.exception("데이터베이스 연결 오류가 발생했습니다 (시도 %d/3)", attempt)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        began = time.perf_counter()
        kind, _, rest = self.path.removeprefix("/api/").partition("/")
        movie = int(rest) if rest.isdigit() else 0
        status = 200
        try:
            if kind == "ratings":
                fetch_ratings(movie)
            elif kind == "rate":
                save(movie, movie % 13)
            elif kind == "slow":
                upstream.debug("asking for movie %d", movie)
                urllib.request.urlopen(f"http://127.0.0.1:{silent.getsockname()[1]}/3/movie/{movie}", timeout=2.5)
            elif kind == "connect":
                connect_database(movie)
                status = 503
            elif kind == "crash":
                {}["genre"]
        except Exception as error:
            status = 500
            log.exception("request %s failed: %s", self.path, type(error).__name__)
        took = time.perf_counter() - began
        if status == 200:
            log.info("GET %s 200 in %.3fs", self.path, took)
        try:
            body = json.dumps({"movie": movie, "status": status}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError as error:
            log.warning("client went away: %s", error)


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True


# Takes connections and never answers.
silent = socket.create_server(("127.0.0.1", 0))
port = int(sys.argv[1])
log.info("listening on 127.0.0.1:%d", port)
Server(("127.0.0.1", port), Handler).serve_forever()
