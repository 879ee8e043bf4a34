### 오류 문구의 한국어. 영어는 오류가 정의된 곳에 있습니다. 아이디는 그 오류의 아이디입니다.

## bongsu

cli-hangup = 출력을 읽던 쪽이 닫혔습니다
cli-output = 표준 출력에 쓸 수 없습니다
    .hint = 출력이 저장되는 디스크가 가득 찼는지 확인하십시오
cli-write = { $path } 파일에 쓸 수 없습니다
    .hint = 쓸 수 있는 위치를 지정하고, 디스크가 가득 찼는지 확인하십시오
cli-no-folder = { $path } 폴더가 없습니다
    .hint = 경로를 확인하십시오. 상대 경로는 현재 위치를 기준으로 합니다
cli-unreadable = { $path } 파일을 읽을 수 없습니다: { $reason }
    .hint = 텍스트 파일, 폴더, 압축 파일 또는 표준 입력(`-`)을 지정하십시오
cli-runtime = 작업 스레드를 시작할 수 없습니다
    .hint = 프로세스와 메모리 제한을 확인하십시오(ulimit -a)
cli-signals = 시그널을 처리할 수 없습니다
    .hint = 시그널을 처리할 수 있는 환경에서 실행하십시오
cli-rows = 행을 표시할 수 없습니다
    .hint = --output-format json을 사용해 보십시오
cli-time = `{ $text }` 값은 시각이 아닙니다
    .hint = 2025-06-01, 2025-06-01T12:00:00, 2025-06-01T12:00:00Z처럼 쓰십시오

delete-unknown-field = `{ $field }` 필드가 있는 로그가 없어 아무것도 삭제하지 않습니다
    .hint = { $similar ->
        [none] `bongsu search '*' --limit 1 --output-format json` 명령으로 로그의 필드를 볼 수 있습니다
       *[other] 비슷한 이름: { $similar }
    }
delete-unasked = `--yes` 없이는 삭제하지 않습니다. `{ $dataset }`의 로그 { $count }건이 삭제 대상입니다
    .hint = `bongsu search`로 확인한 뒤 --yes를 붙이십시오
delete-answer = 답변을 읽을 수 없습니다
    .hint = 확인 없이 삭제하려면 --yes를 붙이십시오

cli-limit = 행 수도 `all`도 아닙니다
    .hint = 행 수 또는 `all`을 지정하십시오

cli-year = { $first }년에서 { $last }년 사이의 연도가 아닙니다
    .hint = 2025처럼 네 자리 숫자로 쓰십시오

## 설정

config-unreadable = 설정 파일 { $path }을(를) 읽을 수 없습니다
    .hint = --config, BONGSU_CONFIG와 파일 권한을 확인하십시오
config-syntax = { $path }:{ $line }: { $reason }
    .hint = TOML 문법에 맞게 쓰십시오. bongsu config 명령이 예를 보여 줍니다
config-key = { $place }: `{ $key }` 설정은 없습니다
    .hint = { $guess ->
        [yes] 비슷한 이름은 `{ $nearest }`입니다. 사용할 수 있는 항목: { $known }
       *[no] 사용할 수 있는 항목: { $known }
    }
config-value = { $place }: { $shown } 값은 `{ $key }`에 사용할 수 없습니다
    .hint = 허용값: { $accepts }

accepts-count = 1 이상의 정수
accepts-bytes = 바이트. 예: 500000, "64 MiB", "2 GB"
accepts-span = 시간. 예: "500ms", "30s", "15m", "12h", "30d", "8w"
accepts-zone = "system" 또는 시간대 이름. 예: "Asia/Seoul", "UTC"
accepts-addresses = 주소. 예: ["127.0.0.1:5105"]. 환경 변수에서는 쉼표로 구분합니다
accepts-retention = 데이터셋별 테이블. 예: {"{"} logs = {"{"} age = "30d", size = "10 GiB" {"}"} {"}"}
accepts-error-rules = type과 pattern이 있는 테이블. 예: [{"{"} type = "disk_error", pattern = "ENOSPC" {"}"}]
accepts-regex = Rust regex 크레이트의 정규식
accepts-or-none = "none" 또는 { $other }

## 데이터셋

dataset-form = `{ $name }` 이름은 데이터셋에 사용할 수 없습니다
    .hint = 영문 소문자, 숫자, `_`, `-`, `.`만 1~128자로 쓰고, 첫 글자는 영문 소문자, 숫자, `_` 중 하나여야 합니다
dataset-reserved = `{ $name }`은(는) 예약된 이름이어서 데이터셋에 사용할 수 없습니다
    .hint = 다른 이름을 사용하십시오. 예: `{ $name }_logs`

## 형식

format-unknown = `{ $name }` 형식은 없습니다
    .hint = 사용할 수 있는 형식: { $formats }

template-unbalanced = 줄 템플릿의 { $at }번째 글자에 있는 중괄호의 짝이 없습니다
    .hint = 자리는 {"{"}message{"}"}, {"{"}level:<8{"}"}, {"{"}time:%H:%M:%S{"}"}처럼 쓰고, 중괄호 자체는 두 번 겹쳐 쓰십시오
template-place = 줄 템플릿의 `{ $place }`을(를) 해석할 수 없습니다
    .hint = { $meant ->
        [none] 자리는 {"{"}message{"}"}, {"{"}level:<8{"}"}, {"{"}time:%H:%M:%S{"}"}처럼 쓰고, 중괄호 자체는 두 번 겹쳐 쓰십시오
       *[other] {"{"}{ $meant }{"}"}(으)로 쓰십시오. 자리에는 레코드의 항목이나 필드의 이름만 쓰며, 변환(!r), 인덱스, 속성은 쓸 수 없습니다
    }

## 저장소

store-missing = { $path }은(는) bongsu 데이터 디렉터리가 아닙니다
    .hint = --data 또는 BONGSU_DATA로 디렉터리를 지정하거나, 먼저 로그를 수집하여 만드십시오
store-too-new = { $path }의 형식 버전은 { $found }이며, 이 bongsu는 { $known }까지 읽을 수 있습니다
    .hint = 이 디렉터리를 만든 bongsu 또는 더 새로운 버전을 사용하십시오
store-locked = { $path } 디렉터리를 프로세스 { $pid }번이 사용하고 있습니다
    .hint = { $server ->
        [none] 프로세스 { $pid }번이 끝날 때까지 기다리거나 종료하십시오. 검색과 분석은 지금도 할 수 있습니다
       *[other] 실행 중인 서버({ $server })로 데이터를 보내거나 서버를 종료하십시오. 검색과 분석은 지금도 할 수 있습니다
    }
store-read-only = { $path }에 쓸 수 없습니다: { $reason }
    .hint = 쓰기 권한을 주십시오. 검색은 쓰기 권한 없이도 할 수 있습니다
store-disk-full = 디스크가 가득 차서 { $path }에 쓸 수 없습니다
    .hint = 디스크 공간을 확보하거나 보존 기간을 설정하십시오. 공간이 생기면 저절로 다시 동작합니다
store-poisoned = 쓰기에 실패한 뒤 저장을 멈추었습니다: { $cause }
    .hint = 디스크를 점검한 뒤 다시 시작하십시오. 저장을 확인한 로그는 모두 남아 있으며 검색은 계속할 수 있습니다
store-io = { $path }에서 { $action } 작업이 실패했습니다: { $reason }
    .hint = 디스크와 권한을 확인한 뒤 다시 시도하십시오
store-damaged = { $path } 파일이 손상되었습니다: { $what }
    .hint = bongsu check --repair 명령을 실행하면 손상된 부분을 격리하고 나머지를 보존합니다
store-log-damaged = 선행 기록 로그(WAL)가 손상되어 일부 로그가 빠졌습니다: { $path }, { $what }
    .hint = { $way_out }
store-unknown-dataset = `{ $dataset }` 데이터셋이 없습니다
    .hint = bongsu stats 명령으로 데이터셋 목록을 볼 수 있습니다
store-bad-batch = 행을 저장할 수 없습니다: { $what }
    .hint = 더 작게 나누어 보내십시오
store-closed = 저장소가 닫혔습니다
    .hint = 저장소를 다시 여십시오

## 손상

damage-missing = 파일이 없습니다
damage-empty = 파일이 비어 있습니다
damage-no-format = 형식 버전이 적혀 있지 않습니다
damage-checkpoint = 체크포인트를 읽을 수 없습니다
damage-database = 데이터베이스를 읽을 수 없습니다
damage-refused-line = 거부된 줄의 형식이 아닌 줄이 있습니다
damage-crowded = 다른 프로그램의 커밋이 잦아 커밋하지 못했습니다
damage-header = 헤더가 손상되었습니다
damage-bytes = { $from }~{ $to }바이트 구간이 손상되었습니다
damage-end = { $from }바이트부터 끝까지 손상되었습니다
damage-frame = { $number }번 프레임을 읽을 수 없습니다({ $cause })
damage-size = 파일 크기가 { $expected }바이트가 아니라 { $found }바이트입니다
damage-checksum = 체크섬이 다릅니다. 저장한 뒤에 내용이 바뀌었습니다
damage-rows = 행 수가 { $expected }행이 아니라 { $found }행입니다
damage-unreadable = 읽을 수 없습니다({ $cause })

way-out-repair = bongsu check --repair 명령을 실행하면 손상된 부분을 격리하고 나머지를 보존합니다
way-out-written-anew = 새로 만들었습니다
way-out-database-moved = { $to }(으)로 옮기고 새로 만들었습니다. 이전에 수집한 파일은 처음부터 다시 수집합니다
way-out-log-rebuilt = 데이터 파일을 바탕으로 테이블 로그를 다시 만들었습니다. 이전 테이블 로그는 { $to }에 있습니다
way-out-taken-out = 테이블에서 제외했습니다. 나머지는 모두 읽을 수 있습니다
way-out-taken-out-and-moved = 테이블에서 제외하고 { $to }(으)로 옮겼습니다. 나머지는 모두 읽을 수 있습니다
way-out-lines-moved = { $to }(으)로 옮겼습니다. 손상되지 않은 줄은 그대로 남아 있습니다
way-out-bytes-moved = 손상된 부분을 { $to }(으)로 옮겼습니다. 앞뒤의 프레임은 그대로 남아 있습니다

## 거부한 이유

refused-long-line = 한 줄의 최대 길이를 넘었습니다
refused-too-long = { $bytes }바이트보다 깁니다
refused-utf16-text = UTF-16 텍스트입니다. UTF-8로 변환하십시오
refused-utf16-file = UTF-16 텍스트입니다. `iconv -f UTF-16 -t UTF-8` 명령으로 변환하십시오
refused-not-object = JSON 객체가 아닙니다
refused-not-object-line = JSON 객체가 아닙니다. 한 줄에 객체 하나를 쓰십시오
refused-no-array = 본문이 `[`로 시작하지 않습니다
refused-behind-array = 배열이 끝난 뒤에 다른 내용이 있습니다
refused-no-comma = 두 원소 사이에 쉼표가 없습니다
refused-open-array = 배열이 닫히지 않았습니다
refused-open-element = 이 원소에서 배열이 끊겼습니다
refused-elf = 실행 파일(ELF)입니다
refused-windows-program = 실행 파일(Windows)입니다
refused-mach-program = 실행 파일(Mach-O)입니다
refused-java-class = Java 클래스 파일입니다
refused-png = 그림 파일(PNG)입니다
refused-jpeg = 그림 파일(JPEG)입니다
refused-gif = 그림 파일(GIF)입니다
refused-zip = zip 압축 파일입니다. 먼저 압축을 푸십시오
refused-seven-zip = 7z 압축 파일입니다. 먼저 압축을 푸십시오
refused-rar = rar 압축 파일입니다. 먼저 압축을 푸십시오
refused-tar = tar 파일입니다. 먼저 푸십시오
refused-pdf = PDF 문서입니다
refused-sqlite = SQLite 데이터베이스입니다
refused-parquet = Parquet 파일입니다
refused-journal = systemd 저널 파일입니다. `journalctl -o export`의 출력을 수집하십시오
refused-nuls = 이진 데이터입니다. 앞부분의 10분의 1 이상이 NUL 바이트입니다
refused-controls = 이진 데이터입니다. 제어 문자가 너무 많습니다
refused-pipe = 명명된 파이프입니다. 읽으려면 경로를 직접 지정하십시오
refused-socket = 소켓입니다. 파일이 아닙니다
refused-device = 장치입니다. 읽으려면 경로를 직접 지정하십시오
refused-block-device = 블록 장치입니다. 파일이 아닙니다
refused-no-file = 파일도 폴더도 아닙니다
refused-permission = 읽을 권한이 없습니다
refused-vanished = 읽기 전에 사라졌거나 대상이 없는 링크입니다
refused-loop = 상위 폴더를 가리키는 순환 링크입니다
refused-torn-archive = 압축 파일이 잘렸거나 손상되었습니다. 압축을 푼 데까지는 저장했습니다({ $cause })
refused-other = { $text }

## 질의

query-sql = SQL을 실행할 수 없습니다: { $message }
    .hint = `SHOW TABLES`는 테이블 목록을, `DESCRIBE logs`는 테이블의 열을 보여 줍니다
query-sql-syntax =
    SQL의 { $position }번째 글자를 해석할 수 없습니다. 필요한 내용: { $expected }, 실제 내용: { $found }
    { $below }
    .hint = 기호나 대문자가 들어간 이름은 큰따옴표로, 문자열은 작은따옴표로 감싸십시오
query-arguments = 함수를 이렇게 호출할 수 없습니다: `{ $called }`
    .hint = 사용할 수 있는 형식: { $known }. 문자열은 CAST(x AS DOUBLE)로 숫자로 바꿀 수 있습니다
query-not-grouped = `{ $column }` 열이 GROUP BY에도 집계 함수 안에도 없습니다
    .hint = GROUP BY { $column }을(를) 추가하거나 max({ $column })처럼 집계 함수로 감싸십시오
query-ambiguous = `{ $column }` 열이 여러 테이블에 있습니다
    .hint = a.{ $column }처럼 앞에 테이블 이름이나 별칭을 붙이십시오
query-aggregate-in-where = WHERE에는 집계 함수를 쓸 수 없습니다
    .hint = 그 조건은 GROUP BY 뒤의 HAVING에 쓰십시오
query-cast = `{ $text }`은(는) { $kind } 형식으로 바꿀 수 없습니다
    .hint = 문자열은 문자열과 비교하십시오. TRY_CAST(x AS DOUBLE)는 숫자가 아닌 값을 null로 바꿉니다
query-no-time = `{ $text }`은(는) SQL의 시각이 아닙니다
    .hint = '2025-06-01', '2025-06-01T12:00:00Z' 또는 now() - INTERVAL '1 hour'처럼 쓰십시오
query-no-statement = SQL 문이 없습니다
    .hint = SQL 문을 쓰십시오. 예: SELECT count(*) FROM logs
query-many-statements = SQL 문은 한 번에 하나만 실행할 수 있습니다
    .hint = `;` 없이 한 문장씩 실행하십시오
query-no-column = `{ $name }` 열이 없습니다
    .hint = { $similar ->
        [none] `DESCRIBE logs`로 테이블의 열을 볼 수 있습니다. 문자열은 작은따옴표로 감싸십시오
       *[other] 비슷한 이름: { $similar }
    }
query-no-function = `{ $name }` 함수가 없습니다
    .hint = { $similar ->
        [none] `SHOW FUNCTIONS`로 함수 목록을 볼 수 있습니다
       *[other] 비슷한 이름: { $similar }
    }
query-read-only = `{ $statement }` 문은 데이터를 변경합니다. 조회만 할 수 있습니다
    .hint = SELECT, EXPLAIN, SHOW, DESCRIBE를 사용하십시오
query-no-dataset = `{ $name }` 데이터셋이 없습니다
    .hint = { $similar ->
        [none] SQL의 `SHOW TABLES`로 데이터셋 목록을 볼 수 있습니다. 데이터셋은 첫 로그를 수집할 때 만들어집니다
       *[other] 비슷한 이름: { $similar }
    }
query-timed-out = { $seconds }초가 지나 질의를 중단했습니다
    .hint = 시간 범위를 좁히거나 질의 제한 시간(query.time)을 늘리십시오
query-memory = 질의에 허용된 메모리 { $mebibytes } MiB가 부족합니다
    .hint = 시간 범위를 좁히거나, 열과 그룹을 줄이거나, 메모리 제한(query.memory)을 늘리십시오
query-ceiling = 프로세스의 메모리가 { $mebibytes } MiB를 넘어 질의를 중단했습니다
    .hint = 시간 범위를 좁히거나, 실행 중인 질의가 줄어든 뒤 다시 요청하거나, 한도(query.ceiling)를 늘리십시오
query-too-deep = SQL 하나에 연산을 { $limit }개 넘게 이어 썼습니다
    .hint = 조건을 이어 쓰는 대신 `x IN (1, 2)`처럼 목록으로 쓰거나 여러 문장으로 나누십시오
query-spill = 질의의 중간 결과를 디스크에 쓸 수 없습니다: { $reason }
    .hint = 시간 범위를 좁히거나 임시 폴더의 공간을 확보하십시오
query-damaged-file = `{ $path }` 파일을 읽을 수 없습니다: { $reason }
    .hint = bongsu check --repair 명령이 이 파일을 격리하여 나머지를 읽을 수 있게 합니다
query-output = 결과를 출력할 수 없습니다: { $reason }
    .hint = 다른 출력 형식을 고르거나 해당 열을 빼십시오
query-internal = 질의를 처리하다 내부 오류가 발생했습니다: { $reason }
    .hint = bongsu의 결함입니다. 질의와 함께 알려 주십시오
time-range = `{ $text }`은(는) 시각이나 시간 범위가 아닙니다: { $reason }
    .hint = 예: 15m, 2h, 7d, 15분, 오늘, 어제, 지난주, 최근 3일, 2025-06-01, 2025-06-01..06-02, 2025-06-01T12:00..13:00, all

time-empty = 비어 있습니다
time-no-date = `{ $text }`은(는) 날짜로 읽을 수 없습니다
time-no-day = { $day }은(는) 없는 날짜입니다
time-no-time-of-day = `{ $text }`은(는) 시각이 아닙니다
time-no-zone = `{ $name }` 시간대가 없습니다
time-behind-now = `now` 뒤에 `{ $text }`을(를) 쓸 수 없습니다. now-1h, now/d처럼 쓰십시오
time-too-far = 1678년에서 2261년 사이가 아닙니다
time-reversed = 끝이 시작보다 앞섭니다
time-before-start = 시작보다 앞섭니다

## 수집

source-no-input = 수집할 대상이 없습니다
    .hint = 파일, 폴더 또는 패턴을 지정하십시오. 표준 입력은 `-`입니다
source-no-such-file = 파일이나 폴더가 없습니다: { $path }
    .hint = 경로를 확인하십시오. 아무것도 읽지 않았습니다
source-no-such-file-near = 파일이나 폴더가 없습니다: { $path }
    .hint = 비슷한 이름: { $near }
source-nothing-fits = `{ $pattern }` 패턴에 맞는 파일이 없습니다
    .hint = 셸이 해석하지 않도록 패턴을 따옴표로 감싸거나 폴더를 지정하십시오
source-bad-pattern = `{ $pattern }` 패턴을 해석할 수 없습니다: { $reason }
    .hint = `*`, `?`, `**`, `[a-z]`, `{"{"}a,b{"}"}`를 사용하십시오. 기호를 글자 그대로 쓰려면 앞에 `\`를 붙이십시오
source-bad-folder = { $path } 폴더를 읽을 수 없습니다: { $reason }
    .hint = 폴더가 있는지, 읽을 권한이 있는지 확인하십시오
source-stopped = 저장소가 바빠 읽은 로그를 저장하지 못한 채 중단했습니다
    .hint = 같은 명령을 다시 실행하면 멈춘 곳부터 이어서 수집합니다
source-columns = 행을 열로 바꿀 수 없습니다: { $reason }
    .hint = 더 작게 나누어 보내거나 --format으로 형식을 지정하십시오
source-notes = 이전에 읽은 파일의 기록이 손상되었습니다: { $reason }
    .hint = bongsu check 명령을 실행하십시오. --again은 파일을 처음부터 다시 읽습니다

## 분석

insight-rule = 오류 규칙 `{ $name }`의 패턴을 해석할 수 없습니다: { $cause }
    .hint = 설정에서 패턴을 고치거나 규칙을 지우십시오
insight-list = { $path } 폴더의 목록을 읽을 수 없습니다: { $cause }
    .hint = 읽을 수 있는 로그 홈을 지정하십시오
insight-write = 보고서 { $path } 파일을 쓸 수 없습니다: { $cause }
    .hint = 쓸 수 있고 공간이 있는 폴더를 지정하십시오

## 서버

server-open = 토큰 없이 { $address } 주소로 수신하면 접근할 수 있는 모든 사람에게 로그가 열립니다
    .hint = `--token` 또는 `BONGSU_TOKEN`으로 토큰을 설정하거나 127.0.0.1에서 수신하십시오
server-token = 토큰은 공백이 없는 ASCII 문자 { $min }자 이상이어야 합니다
    .hint = `openssl rand -hex 32` 명령으로 만들 수 있습니다
server-address = `{ $address }`은(는) 수신 주소가 아닙니다: { $cause }
    .hint = 호스트와 포트를 쓰십시오. 예: `127.0.0.1:5105`
server-bind = { $address } 주소에서 수신할 수 없습니다: { $cause }
    .hint = 그 포트를 쓰는 프로그램을 종료하거나 `--http`로 다른 주소와 포트를 지정하십시오
server-signals = 시그널을 처리할 수 없습니다: { $cause }
    .hint = 시그널을 처리할 수 있는 환경에서 서버를 시작하십시오
server-flush = 저장소를 정리하지 못했습니다: { $cause }
    .hint = 데이터는 남아 있습니다. 원인을 해결하고 다시 시작하십시오. bongsu check 명령으로 자세히 볼 수 있습니다

## 검색식

found-end = 끝
found-comparison = 비교 기호
found-too-much = 한도를 넘는 내용
found-field = `{ $name }` 필드
found-written = { $text }

expected-condition = 단어, 구문 또는 필드
expected-condition-or-end = 조건 또는 검색식의 끝
expected-quote = 구문을 닫는 `"`
expected-bracket = `)`
expected-to = `TO`
expected-range-close = `]` 또는 `{"}"}`
expected-range-end = 범위의 끝값
expected-value-of = `{ $field }` 필드의 값
expected-compared = 비교할 값
expected-star = `*`
expected-level = TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL 중 하나
expected-time = 시각({ $reason })
expected-number = 숫자
expected-unit = `{ $number }` 뒤에 쓸 수 있는 단위
expected-regex = 올바른 정규식({ $reason })
expected-shorter = 64 KiB 이하의 검색식
expected-shallower = 64단계 이하로 겹친 괄호와 부정
expected-fewer = 1,024개 이하의 조건

regex-too-large = 너무 큽니다
regex-unclosed-group = `(`가 닫히지 않았습니다
regex-unopened-group = `)`의 짝이 없습니다
regex-unclosed-class = `[`가 닫히지 않았습니다
regex-nothing-repeated = 반복할 내용이 앞에 없습니다
regex-look-around = 전방 탐색과 후방 탐색은 지원하지 않습니다
regex-backreference = 역참조는 지원하지 않습니다
regex-escape = `\` 뒤의 글자에 뜻이 없습니다
regex-other = { $text }

sql-expected-statement = SQL 문
sql-expected-end = SQL 문의 끝
sql-expected-expression = 식(열, 값, 함수 등)
sql-expected-name = 이름
sql-expected-quote = 문자열을 닫는 `'`
sql-expected-double-quote = 이름을 닫는 `"`
sql-expected-words = { $words }

search-advice-close-bracket = { $column }번째 글자에서 연 괄호를 닫으십시오
search-advice-close-quote = 따옴표를 닫으십시오. 따옴표 자체를 찾으려면 \"처럼 쓰십시오
search-advice-close-range = 두 번째 값 뒤에서 범위를 닫으십시오
search-advice-remove = 지우거나 따옴표로 감싸십시오
search-advice-quote = 기호가 들어간 글은 따옴표로 감싸십시오
search-advice-complete = 찾을 내용을 이어서 쓰거나 앞의 내용을 지우십시오
search-advice-fill-bracket = 괄호를 지우거나 그 앞에 조건을 쓰십시오
search-advice-both-sides = 양쪽에 조건을 쓰십시오. 단어 자체를 찾으려면 따옴표로 감싸십시오
search-advice-name-field = 앞에 필드를 쓰십시오. 예: duration>2s, status:[500 TO 599]
search-advice-outside = 비교는 필드의 괄호 밖에 쓰십시오
search-advice-no-every-field = 필드 이름을 쓰거나 값만 쓰십시오
search-advice-value = 값을 쓰십시오. 기호가 들어간 값은 따옴표로 감싸십시오
search-advice-range = 범위는 [1 TO 5]처럼 쓰고, 끝이 없으면 [1 TO *]처럼 쓰십시오
search-advice-split = 검색식을 나누어 여러 번 검색하십시오
search-advice-levels = 알려진 레벨과 비교하십시오. 다른 레벨에는 순서가 없습니다
search-advice-time = 예: 2025-06-01, 2025-06-01T12:00:00Z, 어제, now-15m
search-advice-number = 예: 5, 1.5, 2e3. 시간 단위는 250ms, 2s처럼, 용량 단위는 10MB처럼 붙입니다
search-advice-units = 시간 단위: ns, us, ms, s, m, h, d, w, 초, 분, 시간, 일, 주. 용량 단위: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB
search-advice-backslash = 기호를 글자 그대로 쓰려면 앞에 `\`를 붙이십시오

search-unexpected =
    검색식의 { $position }번째 글자를 해석할 수 없습니다. 필요한 내용: { $expected }, 실제 내용: { $found }
    { $below }
    .hint = { $advice }
search-unclosed =
    검색식의 따옴표나 괄호가 닫히지 않았습니다({ $position }번째 글자). 필요한 내용: { $expected }, 실제 내용: { $found }
    { $below }
    .hint = { $advice }
search-value =
    검색식의 { $position }번째 글자에 있는 값을 사용할 수 없습니다. 필요한 내용: { $expected }, 실제 내용: { $found }
    { $below }
    .hint = { $advice }
search-regex =
    검색식의 { $position }번째 글자에 있는 정규식을 해석할 수 없습니다. 필요한 내용: { $expected }, 실제 내용: { $found }
    { $below }
    .hint = { $advice }
search-too-large =
    검색식이 한도를 넘었습니다. 필요한 내용: { $expected }
    { $below }
    .hint = { $advice }

## 분석의 열

insight-column = 열의 형식이 예상과 다릅니다: { $cause }
    .hint = bongsu check 명령으로 데이터 디렉터리를 검사하십시오

## 로그 기록

## bongsu demo, bongsu-log

demo-other-home = { $path }에 이미 다른 로그가 있습니다
    .hint = --logs로 다른 폴더를 지정하거나 그 폴더를 지우십시오
log-folder = 로그 폴더 { $path }을(를) 만들 수 없습니다: { $cause }
    .hint = { $trouble ->
        [descriptors] 더 쓰지 않는 파일을 닫거나 열 수 있는 파일 수의 한도를 올리십시오(`ulimit -n`)
        [name] 이름을 NUL 없이 255바이트 이하로 지정하십시오
        [folder] 같은 이름의 폴더가 있습니다. 로그 파일 이름을 다르게 지정하십시오
        [file] 폴더가 있어야 할 자리에 파일이 있습니다. 다른 폴더를 BONGSU_LOG_DIR이나 설정에서 지정하십시오
        [room] 디스크 공간을 확보하거나 다른 디스크의 폴더를 지정하십시오
       *[rights] 쓰기 권한이 있는 폴더를 BONGSU_LOG_DIR이나 설정에서 지정하십시오
    }
log-file = 로그 파일 { $path }을(를) 열 수 없습니다: { $cause }
    .hint = { log-folder.hint }
log-file-name = { $name }은(는) 컴포넌트 로그 파일의 이름으로 쓸 수 없습니다
    .hint = payments.log처럼 폴더가 없는 파일 이름을 지정하십시오. application.log는 이미 쓰고 있습니다
log-rotation = 로그 로테이션 조건이 올바르지 않습니다: `{ $text }`
    .hint = 크기(`10 MiB`)나 시각(`00:00`, `monday at 06:00`, `hourly`, `1 week`)을 쓰거나, 둘을 `or`로 잇거나, `never`를 쓰십시오
log-retention = 로그 보관 조건이 올바르지 않습니다: `{ $text }`
    .hint = 파일 수, 기간, 크기를 순서에 상관없이 쓰거나(`10 files, 30 days, 2 GB`) `all`을 쓰십시오
log-not-built = 로그 파일을 이 방식으로 압축할 수 없습니다. `{ $feature }` 기능 없이 빌드되었습니다
    .hint = Cargo.toml에서 기능을 켜십시오: bongsu-log = {"{"} features = ["gzip", "zstd"] {"}"}
log-shut-down = 로깅이 종료되어 새 로거를 만들 수 없습니다
    .hint = Logging::start로 로깅을 다시 시작하십시오
log-already-set = { $library }의 전역 로거가 이미 설정되어 있습니다
    .hint = bongsu를 맨 먼저 한 번만 설정하거나, 이미 있는 로거에 Logging::layer 또는 Logging::log_backend를 더하십시오
log-level = { $name }은(는) 로그 레벨이 아닙니다. 쓸 수 있는 이름: { $known }
    .hint = 이 가운데 하나를 대소문자 구분 없이 쓰거나, register_level로 새 레벨을 등록하십시오
log-level-refused = 번호가 { $number }인 { $name }을(를) 새 레벨로 등록할 수 없습니다
    .hint = 글자, 숫자, _, -로 된 새 이름과 1부터 59까지의 번호를 지정하십시오(INFO는 20, WARNING은 30)
log-levels-full = 레벨 { $name }을(를) 더 등록할 수 없습니다. 이미 32개를 등록했습니다
    .hint = 새 이름 대신 이미 등록한 레벨의 번호를 바꾸십시오
log-started = 프로그램의 로깅이 이미 { $path }에서 시작되었습니다
    .hint = 로그를 남기기 전에 bongsu_log::start를 한 번만 호출하십시오
log-ship = 로그 전송 설정 ship.{ $option }의 값을 쓸 수 없습니다: { $why }
    .hint = 설정할 수 있는 값은 docs/shipping.ko.md에 있습니다
log-spool = 전송 대기 폴더 { $path }을(를) 열 수 없습니다: { $cause }
    .hint = 이 컴퓨터의 디스크에 있고 쓰기 권한이 있는 폴더를 ship.spool에 지정하십시오
log-config-unreadable = 로깅 설정 파일 { $path }을(를) 읽을 수 없습니다: { $cause }
    .hint = 경로, BONGSU_LOG_CONFIG, 파일 권한을 확인하십시오
log-config-syntax = { $place }: { $format } 문법에 맞지 않습니다: { $reason }
    .hint = 형식은 확장자(.toml, .yaml, .yml, .json)로 정하며, 확장자가 없으면 내용으로 판단합니다
log-config-key = { $place }: 알 수 없는 설정입니다: `{ $key }`
    .hint = { $nearest ->
        [none] 사용할 수 있는 항목: { $known }
       *[other] 비슷한 이름은 `{ $nearest }`입니다. 사용할 수 있는 항목: { $known }
    }
log-config-variable = 알 수 없는 환경 변수입니다: `{ $name }`
    .hint = { $nearest ->
        [none] 환경 변수 이름은 설정 이름을 따릅니다. BONGSU_LOG_CONSOLE_LEVEL은 `console.level`입니다
       *[other] 비슷한 이름은 `{ $nearest }`입니다. BONGSU_LOG_CONSOLE_LEVEL은 `console.level`입니다
    }
log-config-value = { $place }: `{ $key }`에 쓸 수 없는 값입니다: { $found }. 허용값: { $accepts }
    .hint = 모든 설정과 그 값은 docs/logging-configuration.ko.md에 있습니다
log-config-twice = { $place }: `{ $key }` 설정이 { $line }번째 줄에 이미 있습니다
    .hint = 하나만 남기십시오
log-config-dictionary = { $place }: bongsu 설정이 아니라 Python logging.config의 딕셔너리입니다
    .hint = Python에서 `bongsu.Handler`를 핸들러 클래스로 지정해 logging.config.dictConfig에 넘기십시오. Rust 프로그램에는 `console.level` 같은 항목으로 된 파일이 필요합니다

log-accepts-folder = 폴더. 예: "logs", "/var/log/shop"
log-accepts-file-name = 폴더가 없는 파일 이름. 예: "shop.log"
log-accepts-level = TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL 또는 직접 등록한 레벨(대소문자 구분 없음)
log-accepts-level-or-all = "all", TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL 또는 직접 등록한 레벨(대소문자 구분 없음)
log-accepts-level-or-none = "none", TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL 또는 직접 등록한 레벨(대소문자 구분 없음)
log-accepts-level-number = 새 이름과 1부터 59까지의 번호(DEBUG는 10, INFO는 20, WARNING은 30, ERROR는 40)
log-accepts-size = 크기. 예: "10 MiB", "500 MB"
log-accepts-size-or-none = "none" 또는 크기. 예: "2 GiB", "500 MB"
log-accepts-count = 0 이상의 정수
log-accepts-age-or-none = "none" 또는 기간. 예: "12 hours", "30 days", "8 weeks"
log-accepts-times = "never" 또는 시각. 예: "00:00", "hourly", "daily", "monday at 06:30", "monthly", "1 week"
log-accepts-flag = true 또는 false
log-accepts-zone = "system" 또는 시간대 이름. 예: "Asia/Seoul", "UTC"
log-accepts-layout = "detailed", "simple", "component", "performance", "json" 또는 템플릿. 예: "{"{"}time:%H:%M:%S{"}"} {"{"}level:<8{"}"} {"{"}message{"}"}"
log-accepts-output = "stdout", "stderr" 또는 "off"
log-accepts-colour = "auto", "always" 또는 "never"
log-accepts-sync = "never", "each" 또는 시간. 예: "500 ms", "1 s"
log-accepts-mode = "auto", "journal" 또는 "plain"
log-accepts-compression = "off", "gzip" 또는 "zstd"
log-accepts-mask-rules = "all", "none" 또는 names, tokens, schemes, urls, private_keys, cards, residents, emails의 목록
log-accepts-names = 이름의 목록. 예: ["pin", "account"]
log-accepts-prefixes = 네 글자 이상인 토큰 접두사의 목록. 예: ["acme_"], [{"{"} begin = "acme_", least = 20 {"}"}]
log-accepts-logger-levels = 로거별 레벨. 예: {"{"} shop = "DEBUG", "shop.db" = "WARNING" {"}"}
log-accepts-own-levels = 이름별 번호(1부터 59까지). 예: {"{"} DETAIL = 15, AUDIT = 35 {"}"}
log-accepts-components = 컴포넌트별 테이블. 예: {"{"} shop = {"{"} file = "shop.log", size = "50 MiB", count = 3 {"}"} {"}"}
log-accepts-table = 테이블
log-accepts-text = 따옴표로 묶은 텍스트
log-accepts-time = 시간. 예: "500 ms", "30 s"
log-accepts-protocol = "bongsu" 또는 "otlp"
log-accepts-packing = "gzip", "none" 또는 (빌드에 들어 있으면) "zstd"
log-accepts-when-full = "drop-oldest", "drop-newest" 또는 "block"
log-accepts-headers = 이름과 텍스트로 된 테이블. 예: {"{"} X-Tenant = "films" {"}"}
log-accepts-keys = { $keys } 항목으로 된 테이블
