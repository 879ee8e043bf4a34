"""Plays one day, Monday 11 May 2026 in UTC, in a few minutes: starts the programs, moves their clock, gives them work."""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE, MOVED = pathlib.Path(sys.argv[1]), sys.argv[2:]
MIDNIGHT = 1_778_457_600
STEP = 300
DICE = random.Random(20260511)
CLOCK = pathlib.Path("/run/demo/clock")
LOG = pathlib.Path("/var/log")
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", "curl/7.88.1", "movie-app/2.4 (iOS)", "kube-probe/1.30"]
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def move_clock(seconds):
    """Lets the programs believe that `seconds` have passed since midnight."""
    CLOCK.with_suffix(".new").write_text(f"{MIDNIGHT + seconds - time.time():+.3f}\n")
    CLOCK.with_suffix(".new").rename(CLOCK)


def run(*command, **options):
    return subprocess.run(command, check=False, timeout=30, **{**QUIET, **options})


def start(*command, **options):
    return subprocess.Popen(command, **{**QUIET, **options})


def wait_for(port):
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"nothing listens on port {port}")


def start_syslog():
    pathlib.Path("/run/demo/rsyslog.conf").write_text(
        'module(load="imuxsock" sysSock.useSysTimeStamp="off")\n'
        'auth,authpriv.* action(type="omfile" file="/var/log/auth.log" template="RSYSLOG_TraditionalFileFormat")\n'
        'cron.* action(type="omfile" file="/var/log/cron.log" template="RSYSLOG_TraditionalFileFormat")\n'
    )
    started = start(*MOVED, "rsyslogd", "-n", "-f", "/run/demo/rsyslog.conf", "-i", "/run/demo/rsyslog.pid")
    for _ in range(100):
        if pathlib.Path("/dev/log").exists():
            return started
        time.sleep(0.1)
    sys.exit("rsyslogd made no /dev/log")


def start_sshd():
    run("useradd", "--create-home", "--shell", "/bin/sh", "deploy")
    run("chpasswd", input=b"deploy:correct-horse", stdin=None)
    run("chage", "-d", "2026-05-01", "deploy")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "deploy@demo", "-f", "/run/demo/key")
    home = pathlib.Path("/home/deploy/.ssh")
    home.mkdir(mode=0o700)
    shutil.copy("/run/demo/key.pub", home / "authorized_keys")
    run("chown", "-R", "deploy:deploy", "/home/deploy")
    for kind in ("ed25519", "rsa"):
        pathlib.Path(f"/etc/ssh/ssh_host_{kind}_key").unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "demo", "-f", f"/etc/ssh/ssh_host_{kind}_key")
    pathlib.Path("/run/demo/sshd.conf").write_text(
        "Port 2222\nListenAddress 127.0.0.1\nUsePAM yes\nPasswordAuthentication yes\nMaxAuthTries 3\n"
        "HostKey /etc/ssh/ssh_host_ed25519_key\nPidFile none\n"
    )
    started = start("/usr/sbin/sshd", "-D", "-f", "/run/demo/sshd.conf")
    wait_for(2222)
    return started


def ssh(source, user, *, key=False, password="123456"):
    options = ["-p", "2222", "-b", source, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    if key:
        run("ssh", *options, "-i", "/run/demo/key", f"{user}@127.0.0.1", "true")
    else:
        prompts = ["-o", "NumberOfPasswordPrompts=1", "-o", "PubkeyAuthentication=no"]
        run("sshpass", "-p", password, "ssh", *options, *prompts, f"{user}@127.0.0.1", "true")


def start_postgres():
    folder = "/var/lib/postgresql/15/main"
    bins = "/usr/lib/postgresql/15/bin"
    pathlib.Path(folder).mkdir(parents=True)
    run("chown", "-R", "postgres:postgres", "/var/lib/postgresql")
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    run(*as_postgres, f"{bins}/initdb", "-D", folder, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
    pathlib.Path(folder, "pg_hba.conf").write_text("local all postgres trust\nhost all app 127.0.0.1/32 scram-sha-256\nlocal all all trust\n")
    settings = {
        "listen_addresses": "127.0.0.1", "unix_socket_directories": "/run/demo", "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_timezone": "UTC", "deadlock_timeout": "100ms", "log_min_duration_statement": "100ms",
        "log_checkpoints": "on", "log_lock_waits": "on", "fsync": "off", "log_connections": "off",
    }
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    (LOG / "postgresql").mkdir()
    out = open(LOG / "postgresql" / "postgresql.log", "ab")
    run("chmod", "777", "/run/demo")
    started = start(*as_postgres, *MOVED, f"{bins}/postgres", "-D", folder, *arguments, stdout=out, stderr=out)
    wait_for(5432)
    time.sleep(0.5)
    # What the server said while it started has the unmoved clock in places: its log begins once it is ready.
    os.truncate(LOG / "postgresql" / "postgresql.log", 0)
    run("psql", "-h", "/run/demo", "-U", "postgres", "-f", "/srv/app/schema.sql")
    return started


def sql(*statements, user="postgres", database="postgres", host="/run/demo", wait=True, environment=None):
    command = ["psql", "-h", host, "-U", user, "-d", database]
    command += [part for statement in statements for part in ("-c", statement)]
    return run(*command, env=environment) if wait else start(*command)


def deadlock():
    def crossing(first, second):
        return sql(
            "BEGIN", f"UPDATE movie SET title = title WHERE id = {first}", "SELECT pg_sleep(0.3)",
            f"UPDATE movie SET title = title WHERE id = {second}", "COMMIT", wait=False,
        )
    for one in [crossing(11, 12), crossing(12, 11)]:
        one.wait(timeout=30)


def start_nginx():
    for folder in ("/var/log/nginx", "/srv/www/posters", "/run/demo/body"):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    pathlib.Path("/srv/www/index.html").write_text("<h1>Movies</h1>\n" * 40)
    for number in range(1, 30):
        pathlib.Path(f"/srv/www/posters/{number}.jpg").write_bytes(bytes(1000 + 37 * number))
    started = start(*MOVED, "nginx", "-g", "daemon off;", "-c", "/run/demo/nginx.conf")
    wait_for(8080)
    return started


def request(path, agent=None):
    source = f"127.0.0.{DICE.randrange(2, 9)}"
    run("curl", "-s", "-o", "/dev/null", "--interface", source, "-A", agent or DICE.choice(AGENTS),
        "-m", "5", "-e", DICE.choice(["-", "http://127.0.0.1:8080/"]), f"http://127.0.0.1:8080{path}")


def before_midnight(*paths):
    """Sets files' times to where the moved clock does not find them in the future."""
    for path in paths:
        os.utime(path, (MIDNIGHT - 86_400, MIDNIGHT - 86_400))


def start_app():
    return start(*MOVED, "/usr/bin/python3", "/srv/app/app.py", "9000")


def browse(hour):
    """What visitors of five minutes ask for: more by day than by night."""
    for _ in range(DICE.randrange(2, 4 + hour // 4)):
        movie = DICE.randrange(1, 200)
        path = DICE.choices(
            ["/", f"/posters/{DICE.randrange(1, 40)}.jpg", f"/api/movie/{movie}", f"/api/rate/{DICE.randrange(1, 60)}",
             f"/api/search/{movie}", "/favicon.ico", f"/api/ratings/{movie}", "/internal/status", "/files/wp-login.php"],
            [20, 30, 40, 10, 12, 3, 1, 1, 2],
        )[0]
        request(path)
    if DICE.random() < 0.04:
        request(f"/api/slow/{DICE.randrange(1, 200)}")
    if DICE.random() < 0.03:
        request("/api/crash/1")


def crowd():
    """A burst that the rate limit turns away."""
    for one in [start("curl", "-s", "-o", "/dev/null", "-m", "5", "http://127.0.0.1:8080/api/search/7") for _ in range(12)]:
        one.wait(timeout=30)


def mishaps(hour, minute):
    """What goes wrong in this day, and when."""
    at = (hour, minute)
    if hour in (2, 3, 4) and minute % 15 == 0:
        source = f"127.0.0.{DICE.randrange(20, 40)}"
        for user in DICE.sample(["admin", "root", "oracle", "test", "git", "ubuntu", "deploy"], 2):
            ssh(source, user)
    if minute == 30 and hour % 3 == 0:
        ssh("127.0.0.2", "deploy", key=True)
    if at == (8, 40):
        ssh("127.0.0.3", "deploy", password="correct-horse")
    if at in [(10, 5), (16, 20)]:
        deadlock()
    if at in [(6, 10), (11, 25), (17, 45)]:
        sql("SET statement_timeout = '150ms'", "SELECT count(*), pg_sleep(1) FROM movie, rating")
    if minute == 15 and hour % 4 == 1:
        sql("INSERT INTO movie VALUES (7, 'twice')")
        sql("INSERT INTO rating VALUES (7, 12)")
    if at == (13, 35):
        sql("SELECT genre FROM movie")
        sql("SELECT 1", database="moives")
        sql("SELECT 1", user="app", host="127.0.0.1", environment={"PGPASSWORD": "guess", "PATH": "/usr/bin"})
    if at in [(14, 5), (14, 10), (14, 15)]:
        sql("SELECT connect_source()")
        request(f"/api/connect/{1 + (minute - 5) // 5}")
    if minute == 50 and hour % 2 == 0:
        sql("SELECT count(*), pg_sleep(0.12) FROM movie")
        sql("CHECKPOINT")
    if at in [(12, 30), (19, 0)]:
        crowd()


def main():
    move_clock(0)
    (LOG / "app").mkdir()
    shutil.copy(HERE / "make" / "nginx.conf", "/run/demo/nginx.conf")
    shutil.copy("/etc/nginx/mime.types", "/run/demo/mime.types")
    start_syslog()
    pathlib.Path("/etc/cron.d/movies").write_text(
        "*/30 * * * * root /bin/true  # feature refresh\n"
        "5 * * * * deploy /usr/bin/test -f /srv/app/ready\n"
        "0 4 * * * root /srv/app/backup.sh >/dev/null\n"
    )
    start_sshd()
    before_midnight("/etc/crontab", "/etc/cron.d/movies", "/etc/cron.d", "/var/spool/cron")
    cron = start(*MOVED, "cron", "-f", "-L", "5")
    postgres = start_postgres()
    nginx = start_nginx()
    app = start_app()
    wait_for(9000)
    for second in range(0, 86_400, STEP):
        hour, minute = second // 3600, second % 3600 // 60
        move_clock(second + DICE.randrange(5, 60))
        # Wakes cron, which looks at its clock then.
        cron.send_signal(signal.SIGCHLD)
        if (hour, minute) == (20, 25):
            app.terminate()
        if (hour, minute) == (20, 45):
            app = start_app()
            wait_for(9000)
        browse(hour)
        mishaps(hour, minute)
        if minute == 0 and hour % 3 == 0:
            run(*MOVED, "/usr/bin/python3", "/srv/app/train.py", str(hour), env={"PYTHONPATH": "/srv/app/lib", "TZ": "UTC", "PATH": "/usr/bin"})
    move_clock(86_390)
    keep = {
        "nginx/access.log": "nginx/access.log", "nginx/error.log": "nginx/error.log",
        "postgresql/postgresql.log": "postgresql/postgresql.log", "auth.log": "syslog/auth.log",
        "cron.log": "syslog/cron.log", "app/app.log": "python/app.log", "app/train.log": "python/train.log",
    }
    for source, target in keep.items():
        (HERE / target).parent.mkdir(exist_ok=True)
        shutil.copyfile(LOG / source, HERE / target)
    for program, how in [(app, signal.SIGTERM), (nginx, signal.SIGQUIT), (postgres, signal.SIGINT)]:
        program.send_signal(how)
        program.wait(timeout=30)


main()
