### 한국어. 아이디와 변수는 en.ftl과 같아야 하며 테스트가 비교합니다.

## 표준 오류로 나가는 줄

error-line = 오류: { $text }
cause-line = 원인: { $text }
hint-line = 해결: { $text }
warning-line = 경고: { $text }

## 도움말

help-usage = 사용법:
help-options-word = 옵션
help-command = 명령
help-commands = 명령
help-arguments = 인수
help-options = 옵션
help-global-options = 공통 옵션
help-examples = 예:
help-values = 값: { $text }
help-default = 기본값: { $text }
help-env = 환경 변수: { $text }

cmd = 로그를 수집하고 보관하고 검색하여, 무엇이 잘못되었고 무엇이 느린지 알려 줍니다
    .examples =
        bongsu demo                             1분 만에 전체 기능 보기
        bongsu ingest /var/log/nginx            파일과 폴더 수집
        bongsu search 'level:error timeout'     최신순으로 로그 검색
        bongsu analyze health --hours 24        문제점과 대응 방법 확인
        bongsu 명령 --help                      명령별 자세한 설명
    .data = 데이터 디렉터리
    .config = 데이터 디렉터리의 bongsu.toml 대신 사용할 설정 파일
    .lang = 출력 언어. 지정하지 않으면 환경 변수(LC_ALL, LC_MESSAGES, LANG)를 따릅니다
    .output_format = 표준 출력 형식
    .color = 색상 사용 여부. NO_COLOR를 설정하면 색을 쓰지 않습니다
    .quiet = 안내 메시지와 진행률을 표시하지 않습니다
    .help = 이 도움말을 표시합니다
    .version = 버전을 표시합니다

cmd-help = 도움말을 표시합니다
    .command = 설명을 볼 명령

cmd-ingest = 파일, 폴더, 표준 입력에서 로그를 수집합니다
    .examples =
        bongsu ingest app.log                         파일 하나 (형식 자동 인식)
        bongsu ingest logs/ '/var/log/*.gz'           폴더와 패턴
        journalctl -o export | bongsu ingest -        표준 입력
        bongsu ingest --follow --service web app.log  파일에 추가되는 줄을 계속 수집
        bongsu ingest --output-format json app.log    결과를 JSON으로 출력
    .paths = 파일, 폴더 또는 패턴. -는 표준 입력입니다
    .dataset = 저장할 데이터셋
    .service = 서비스 이름이 없는 로그에 붙일 서비스 이름
    .format = 형식을 자동으로 인식하지 않고 모든 줄을 이 형식으로 읽습니다
    .year = 연도가 없는 시각에 적용할 연도
    .follow = Ctrl-C를 누를 때까지 추가되는 줄을 계속 읽습니다
    .again = 이미 읽은 파일도 처음부터 다시 읽습니다

cmd-search = 로그를 검색하여 최신순으로 보여 줍니다
    .examples =
        bongsu search 오류                                 단어
        bongsu search 'level:error AND service:web'        필드
        bongsu search '"connection reset" NOT host:db-*'   구문, 와일드카드
        bongsu search 'duration:>2.5' --since 15m          최근 15분
        bongsu search error --since 2025-06-01..06-02      이틀 동안
        bongsu search 실패 --since 어제                    한국어 시간 표현
        bongsu search panic --context 5                    앞뒤 5건 포함
        bongsu search error --output-format json | jq .    한 줄에 객체 하나
    .query = 검색식. 생략하면 전체를 보여 줍니다
    .since = 시작 시각 또는 범위: 15m, 어제, 2025-06-01, 2025-06-01..06-02, all
    .until = 끝 시각
    .limit = 최대 행 수 또는 `all` [기본값: 100]
    .dataset = 검색할 데이터셋
    .context = 검색된 로그의 앞뒤로 함께 보여 줄 로그 수
    .fail = 검색 결과가 없으면 종료 코드 3으로 끝냅니다

cmd-sql = SQL로 조회합니다. 데이터셋 하나가 테이블 하나입니다
    .examples =
        bongsu sql 'SELECT level, count(*) FROM logs GROUP BY level'
        bongsu sql 'SELECT time, message FROM logs ORDER BY time DESC LIMIT 5'
        bongsu sql 'DESCRIBE logs'
        bongsu sql 'SHOW TABLES' --output-format csv
    .sql = 읽기 전용 SQL 문 하나
    .fail = 결과 행이 없으면 종료 코드 3으로 끝냅니다

cmd-tail = 새로 들어오는 로그를 실시간으로 보여 줍니다
    .examples =
        bongsu tail                          새 로그 전체
        bongsu tail 'level:error' --lines 20 최근 20건부터 표시
    .query = 보여 줄 로그의 검색식. 생략하면 전체를 보여 줍니다
    .dataset = 지켜볼 데이터셋
    .lines = 먼저 보여 줄 최근 로그 수

cmd-patterns = 로그 메시지를 패턴으로 묶고 개수를 셉니다
    .examples =
        bongsu patterns                              데이터셋 전체
        bongsu patterns --since 1h --limit 20        최근 1시간
        bongsu patterns --query 'level>=error'       오류 로그만
        bongsu patterns app.log                      저장하지 않고 파일을 바로 분석
        kubectl logs app | bongsu patterns -         표준 입력
        bongsu patterns --output-format json | jq .  한 줄에 객체 하나
    .file = 저장하지 않고 읽을 파일이나 폴더. -는 표준 입력입니다. 생략하면 데이터셋을 봅니다
    .query = 집계할 로그의 검색식. 생략하면 전체를 집계합니다
    .since = 시작 시각 또는 범위: 15m, 어제, 2025-06-01, 2025-06-01..06-02, all
    .until = 끝 시각
    .limit = 많이 나온 순서로 보여 줄 최대 패턴 수 또는 `all`
    .dataset = 패턴을 볼 데이터셋
    .format = 형식을 자동으로 인식하지 않고 파일의 모든 줄을 이 형식으로 읽습니다
    .raw = 더 넓은 패턴에 포함되는 것도 합치지 않고, 저장된 템플릿을 그대로 보여 줍니다
    .fail = 결과가 없으면 종료 코드 3으로 끝냅니다

cmd-analyze = 무엇이 잘못되었고 무엇이 느린지 분석합니다
    .examples =
        bongsu analyze errors                               최근 24시간
        bongsu analyze performance --hours 1
        bongsu analyze health --fail                        '양호' 미만이면 코드 3
        bongsu analyze daily --logs logs/ --at 2025-06-06   로그 홈의 지난 날짜
    .hours = 분석할 시간 범위(시간)
    .at = 분석 범위의 끝(지난 로그의 '현재'): 2025-06-06(하루 전체) 또는 2025-06-06T18:00
    .logs = 데이터 디렉터리 대신 이 로그 홈을 읽습니다
    .dataset = 분석할 데이터셋
    .output = 결과를 이 파일에도 JSON으로 저장합니다
    .fail = 문제가 있으면 종료 코드 3으로 끝냅니다

cmd-analyze-errors = 오류를 유형, 시간대, 메시지별로 분석합니다
    .examples =
        bongsu analyze errors --hours 6
        bongsu analyze errors --at 2025-06-06 --output errors.json
    .fail = 오류가 하나라도 있으면 종료 코드 3으로 끝냅니다

cmd-analyze-performance = 작업별 소요 시간과 느린 작업을 분석합니다
    .examples =
        bongsu analyze performance
        bongsu analyze performance --logs logs/ --output-format json
    .fail = 느린 작업이 있으면 종료 코드 3으로 끝냅니다

cmd-analyze-health = 건강 점수(0~100)와 감점 원인, 대응 방법을 보여 줍니다
    .examples =
        bongsu analyze health
        bongsu analyze health --hours 1 --fail || echo '점검 필요'
    .fail = 등급이 '보통' 이하이면 종료 코드 3으로 끝냅니다

cmd-analyze-daily = 오류, 성능, 건강 상태를 한 보고서로 보여 줍니다
    .examples =
        bongsu analyze daily
        bongsu analyze daily --at 2025-06-06 --output report.json
    .fail = 등급이 '보통' 이하이면 종료 코드 3으로 끝냅니다

cmd-report = 일일 보고서를 보여 주고 JSON 파일로 저장합니다
    .examples =
        bongsu report                             bongsu-data/reports/에 저장
        bongsu report --logs logs/                logs/reports/에 저장
        bongsu report --at 2025-06-06 --folder .
    .hours = 분석할 시간 범위(시간)
    .at = 분석 범위의 끝(지난 로그의 '현재'): 2025-06-06(하루 전체) 또는 2025-06-06T18:00
    .logs = 데이터 디렉터리 대신 이 로그 홈을 읽습니다
    .dataset = 보고할 데이터셋
    .folder = 보고서를 저장할 폴더. 생략하면 데이터 디렉터리나 로그 홈의 reports/에 저장합니다
    .fail = 등급이 '보통' 이하이면 종료 코드 3으로 끝냅니다

cmd-stats = 데이터셋별 행 수, 용량, 시간 범위를 보여 줍니다
    .examples =
        bongsu stats
        bongsu stats --logs logs/        로그 홈의 파일 수와 용량
        bongsu stats --output-format json
    .logs = 대신 이 로그 홈의 파일 수와 용량을 셉니다

cmd-refused = 수집하지 못한 줄과 그 이유를 보여 줍니다
    .examples =
        bongsu refused
        bongsu refused --limit all --output-format json
    .limit = 최신순으로 보여 줄 최대 줄 수 또는 `all` [기본값: 100]
    .dataset = 이 데이터셋으로 보낸 줄만 보여 줍니다

cmd-delete = 검색된 로그를 완전히 삭제합니다
    .examples =
        bongsu delete 'user.email:"kim@example.com"'          개수를 세고 확인
        bongsu delete 'customer_id:4711' --yes --purge        흔적까지 바로 삭제
        bongsu delete 'level:debug' --until 2025-06-01 --yes
        bongsu delete '*' --dataset tests --yes
    .query = 삭제할 로그의 검색식. *는 전체입니다
    .since = 시작 시각 또는 범위: 15m, 어제, 2025-06-01, 2025-06-01..06-02, all
    .until = 끝 시각
    .dataset = 로그를 삭제할 데이터셋
    .yes = 확인하지 않고 삭제합니다
    .purge = 이전 파일을 디스크에서 바로 지웁니다. 그 파일을 읽고 있던 질의는 실패합니다
    .fail = 찾은 로그가 없으면 종료 코드 3으로 끝냅니다

cmd-check = 데이터 디렉터리의 모든 파일을 검사합니다
    .examples =
        bongsu check
        bongsu check --repair          손상된 파일을 격리하고 복구
        bongsu check --output-format json
    .repair = 복구할 수 있는 것을 복구합니다. 그동안 다른 프로세스가 데이터 디렉터리를 쓰지 않아야 합니다
    .deep = 체크섬만이 아니라 모든 파일의 모든 행을 읽습니다

cmd-serve = HTTP로 로그를 받고 질의에 응답합니다
    .examples =
        bongsu serve
        bongsu serve --http 127.0.0.1:8080
        BONGSU_TOKEN=… bongsu serve --http 0.0.0.0:5105
    .http = 수신 주소. 여러 번 지정할 수 있습니다 [기본값: 127.0.0.1:5105]
    .token = 클라이언트가 보내야 하는 토큰. 루프백이 아닌 주소에서는 필수입니다

cmd-config = 적용 중인 설정을 보여 줍니다
    .examples =
        bongsu config                        적용 중인 설정(TOML)
        bongsu config paths                  설정의 출처
        bongsu config schema                 모든 설정 항목과 허용값
        bongsu config > bongsu-data/bongsu.toml
    .view = 보여 줄 내용

cmd-completion = 셸 자동 완성 스크립트를 출력합니다
    .examples =
        bongsu completion bash > ~/.local/share/bash-completion/completions/bongsu
        bongsu completion zsh > ~/.zfunc/_bongsu
        bongsu completion fish > ~/.config/fish/completions/bongsu.fish
    .shell = 셸

## 사용법 오류

usage-unknown-argument = `{ $arg }` 옵션은 없습니다
usage-unexpected = `{ $arg }` 인수가 남습니다
usage-unknown-command = `{ $value }` 명령은 없습니다
usage-no-value = `{ $arg }` 옵션에 값이 필요합니다
usage-bad-value = `{ $value }` 값은 `{ $arg }`에 사용할 수 없습니다
usage-missing = 필수 인수가 빠졌습니다: { $arg }
usage-conflict = `{ $arg }` 옵션은 `{ $other }` 옵션과 함께 사용할 수 없습니다
usage-no-command = 명령을 지정하십시오
usage-other = 명령줄을 해석할 수 없습니다
usage-did-you-mean = 비슷한 이름: `{ $value }`
usage-values = 사용할 수 있는 값: { $values }
usage-dashes = 옵션이 아닌데 `-`로 시작하면 `--` 뒤에 쓰십시오: bongsu search -- '-단어'
usage-before-dashes = 옵션은 `--` 앞에 쓰십시오: bongsu search --limit 5 -- '-단어'
usage-see-help = bongsu --help로 명령 목록을, bongsu 명령 --help로 명령별 옵션을 볼 수 있습니다
usage-number = 정수가 아닙니다
usage-positive = 1 이상이어야 합니다
usage-too-far = 숫자가 너무 큽니다

## 수집

ingest-summary = 파일 { $files }개에서 로그 { $rows }건을 저장했습니다 · { $bytes }, { $seconds } ({ $speed }/s)
ingest-summary-input = 로그 { $rows }건을 저장했습니다 · { $bytes }, { $seconds } ({ $speed }/s)
ingest-formats = 형식: { $formats }
ingest-refused = { $count }줄을 수집하지 못했습니다
ingest-refused-inputs = 입력 { $count }개를 읽지 못했습니다
ingest-refused-hint = bongsu refused 명령으로 내용과 이유를 볼 수 있습니다
ingest-duplicates = 로그 홈의 다른 파일에 이미 있는 로그 { $count }건은 제외했습니다
ingest-left-out = 로그 홈에서 로그가 아닌 파일 { $count }개는 제외했습니다(숨김 파일, reports/, alerts/, config/)
ingest-skipped = 이미 읽은 파일 { $count }개는 건너뛰었습니다 (다시 읽으려면 --again)
ingest-nothing-new = 새 로그가 없습니다
ingest-unfinished = 파일 { $count }개의 마지막 줄은 아직 쓰는 중이어서 다음 수집 때 읽습니다
ingest-completed = 끝나지 않은 채 저장했던 로그 { $count }건을 이번에 전체 내용으로 다시 저장했습니다
journals-recovered = 종료된 프로그램이 남긴 로그 { $bytes }를 먼저 로그 파일에 기록했습니다
journals-failed = 종료된 프로그램이 남긴 로그를 기록하지 못했습니다. `{ $path }`: { $cause }. 남은 로그는 그대로 두었으며 다음에 다시 시도합니다
journals-damaged = 종료된 프로그램이 남긴 로그를 읽을 수 없어 `{ $path }`(으)로 옮겨 두었습니다
ingest-without-data = 데이터 디렉터리 자체는 제외했습니다
ingest-interrupted = 중단했습니다. 로그 { $rows }건은 저장되었으며, 같은 명령을 다시 실행하면 이어서 수집합니다
ingest-interrupted-input = 중단했습니다. 로그 { $rows }건은 저장되었습니다
ingest-following = 파일을 지켜보고 있습니다. Ctrl-C로 끝냅니다
analyze-elsewhere = 이 기간에는 `{ $dataset }` 데이터셋의 로그가 없습니다. 마지막 로그의 시각은 { $newest }이므로 --at { $day }을(를) 사용하십시오
analyze-working = 레코드를 읽는 중입니다
ingest-progress = { $rows }건

## 행

search-none = 검색 결과가 없습니다
search-more = 최신 { $limit }건을 표시했습니다. 더 있을 수 있으며, 모두 보려면 --limit all을 사용하십시오
search-unknown-field = `{ $field }` 필드가 있는 로그가 없습니다
search-no-number = `{ $field }` 필드의 값은 숫자인데 `{ $value }`은(는) 숫자가 아닙니다
search-similar = 비슷한 이름: { $names }
search-widen = 검색어를 줄이거나 --since로 시간 범위를 넓혀 보십시오
tail-follows = 새 로그를 기다리고 있습니다. Ctrl-C로 끝냅니다
rows-count = { $count }행

## 패턴

patterns-count = 건수
patterns-share = 비율
patterns-first = 처음
patterns-last = 마지막
patterns-pattern = 패턴
patterns-summary = 로그 { $records }건에서 패턴 { $patterns }개를 찾았습니다
patterns-more = 패턴 { $patterns }개 중 많이 나온 { $shown }개만 표시했습니다. 모두 보려면 --limit all을 사용하십시오
patterns-none = 메시지가 없습니다

## 통계, 거부된 줄, 검사

stats-dataset = 데이터셋
stats-rows = 행
stats-raw = 원본
stats-stored = 저장
stats-ratio = 비율
stats-files = 파일
stats-from = 처음
stats-to = 마지막
stats-folder = 폴더
stats-bytes = 용량
stats-total = 합계
stats-none = 아직 데이터셋이 없습니다
stats-none-hint = 먼저 로그를 수집하십시오: bongsu ingest 파일
refused-none = 거부된 줄이 없습니다
refused-where = { $source }, { $offset }바이트 위치
delete-ask = `{ $dataset }`의 로그 { $count }건을 완전히 삭제하시겠습니까? [y/N]
delete-working = 로그를 삭제하는 중입니다
delete-done = 파일 { $files }개에서 로그 { $rows }건을 삭제했습니다
delete-kept = 아무것도 삭제하지 않았습니다
delete-stay = 이전 파일은 `bongsu serve`가 store.grace 뒤에 정리할 때까지 디스크에 남습니다. 바로 지우려면 --purge를 사용하십시오
delete-purged = 이전 파일과 선행 기록 로그(WAL)를 지웠습니다. 백업, quarantine/, 거부된 줄은 확인하지 않습니다
delete-left-in-log = 읽을 수 없는 데이터셋이 있어 선행 기록 로그(WAL)에 로그가 남아 있습니다. `bongsu check --repair` 명령을 실행하십시오
check-working = 모든 파일을 검사하는 중입니다
check-sound = 모두 정상입니다: 파일 { $files }개, { $rows }행
check-findings = 문제 { $count }건
check-repair-hint = bongsu check --repair 명령으로 복구할 수 있는 것을 복구합니다

## 보고서

report-title = 일일 보고서
report-errors-title = 오류 분석
report-performance-title = 성능 분석
report-health-title = 건강 상태
report-written = 저장한 파일: { $path }
report-period = { $at }까지 최근 { $hours }시간
report-score = 점수
report-errors = 오류
report-critical = 심각
report-operations = 작업
report-slow = 느림
report-slowest = 가장 느린 컴포넌트: { $name }
report-types = 유형별 오류
report-timeline = 시간대별 오류
report-frequent = 자주 나온 메시지
report-critical-list = 심각한 오류
report-components = 컴포넌트
report-slow-list = 느린 작업
report-recommendations = 권장 조치
report-no-errors = 이 기간에는 오류가 없습니다
report-no-operations = 이 기간에는 작업 기록이 없습니다
report-no-issues = 문제 없음
report-no-slow = 느린 작업이 없습니다
report-peak = 최다 { $hour } { $count }건
report-component = 컴포넌트
report-operation = 작업
report-count = 횟수
report-mean = 평균
report-max = 최대
report-over = 초과 배수
report-limit = 기준
report-duration = 소요
report-more = … 외 { $count }건
report-health-by-component = 컴포넌트별 건강 상태
report-bottleneck = 병목: { $name }
grade-excellent = 매우 좋음
grade-good = 양호
grade-fair = 보통
grade-poor = 나쁨

## 설정

config-data = 데이터 디렉터리
config-file = 설정 파일
config-none = 없음
config-variables = 환경 변수
config-setting = 항목
config-default = 기본값
config-accepts = 허용값
config-variable = 환경 변수

## 문제

issue-high-error-rate = 오류가 매우 많음 (100건 초과)
issue-moderate-error-rate = 오류가 많음 (50건 초과)
issue-some-errors = 오류가 있음 (20건 초과)
issue-critical-errors = 심각한 오류가 여러 건 있음 (5건 초과)
issue-some-critical-errors = 심각한 오류가 있음
issue-performance-issues = 느린 작업이 많음 (20건 초과)
issue-some-slow-operations = 느린 작업이 있음 (10건 초과)

## 권장 조치

advice-high-error-rate = 오류가 { $count }건 발생했습니다. 가장 많은 유형과 메시지부터 확인하고 최근 변경 사항을 살펴보십시오. 배포 이후 시작되었다면 이전 버전으로 되돌리십시오.
advice-moderate-error-rate = 오류가 { $count }건 발생했습니다. 오류가 늘기 시작한 시간대와 그때 있었던 일을 확인하십시오.
advice-some-errors = 오류가 { $count }건 발생했습니다. 자주 나온 메시지를 살펴보고 반복되는 원인을 고치십시오.
advice-critical-errors = 심각한 오류가 { $count }건 발생했습니다. 가장 최근 것부터 즉시 대응하고 당직자에게 알리십시오.
advice-some-critical-errors = 심각한 오류가 { $count }건 발생했습니다. 오늘 안에 한 건씩 원인을 확인하십시오.
advice-performance-issues = 느린 작업이 { $count }건 있습니다. 가장 느린 컴포넌트의 쿼리, 외부 호출, 입력 크기를 먼저 확인하십시오.
advice-some-slow-operations = 느린 작업이 { $count }건 있습니다. 이전 소요 시간과 비교하고 더 느려지는지 지켜보십시오.
advice-type-connection-error = 연결 오류가 가장 많습니다({ $count }건). 상대 서버의 동작 여부, DNS, 방화벽, 커넥션 풀 크기를 확인하십시오.
advice-type-timeout-error = 시간 초과가 가장 많습니다({ $count }건). 상대 서버의 응답 시간과 부하를 확인하고, 간격을 늘려 가며 재시도하십시오. 제한 시간은 꼭 필요할 때만 늘리십시오.
advice-type-not-found-error = 404 응답이 가장 많습니다({ $count }건). 주소와 식별자가 올바른지, API가 바뀌지 않았는지 확인하십시오.
advice-type-server-error = 500 응답이 가장 많습니다({ $count }건). 요청을 받은 서버의 로그를 확인하고, 반복해도 되는 요청은 재시도하십시오.
advice-type-validation-error = 검증 오류가 가장 많습니다({ $count }건). 거부된 입력을 확인하고 스키마가 바뀌지 않았는지 살펴보십시오.
advice-type-critical-error = 심각한 오류가 가장 많습니다({ $count }건). 메모리, 디스크, 핵심 서비스의 상태를 확인하십시오.
advice-type-other = 규칙에 없는 오류가 가장 많습니다({ $count }건). 자주 나온 메시지를 확인하고 bongsu.toml의 [errors]에 규칙을 추가하여 이름을 붙이십시오.
advice-type-own = { $type } 유형의 오류가 가장 많습니다({ $count }건). 위의 메시지를 확인하십시오.

## bongsu demo

cmd-demo = 1분 만에 전체 기능을 둘러봅니다: 작은 영화 추천 파이프라인과 실제 로그를 수집하고 분석합니다
    .examples =
        bongsu demo                        로그 홈은 ./logs, 데이터는 ./bongsu-data
        bongsu demo --fast                 멈추지 않고 진행
        bongsu --data /tmp/d demo --logs /tmp/logs
    .logs = 로그를 남길 로그 홈 [기본값: logs 또는 BONGSU_LOG_DIR]
    .fast = 단계 사이에 멈추지 않습니다
    .seed = 값을 바꾸면 다른 하루가 만들어집니다
    .at = 보고서의 기준 시각. 파이프라인은 그 10시간 전에 실행됩니다

demo-intro = 영화 추천 파이프라인이 bongsu SDK로 로그를 남깁니다.
demo-home = 로그 홈 { $path }에 로그 { $records }건을 남겼습니다({ $language }용 SDK).
demo-home-kept = 로그 홈 { $path }은(는) 이전 데모에서 만든 것이므로 그대로 사용합니다.
demo-quality = 영화 데이터 { $checked }건을 검증했고 그중 { $share } %가 유효합니다.
demo-samples = nginx, PostgreSQL, sshd, cron, Python 프로그램이 남긴 실제 로그 파일 { $files }개를 { $path }에 두었습니다.
demo-environment = 이 로그의 시각은 모두 UTC입니다. 아래 설정을 먼저 입력하면 같은 결과를 직접 확인할 수 있습니다.
demo-ingest = 모두 수집합니다. 형식은 자동으로 인식하고, 중복된 기록은 한 번만 저장합니다.
demo-report = 무엇이 잘못되었고, 무엇이 느리며, 어떻게 해야 하는지 보여 줍니다.
demo-search-word = 로그를 최신순으로 검색합니다.
demo-search-korean = 한국어는 단어 안에 있는 말도 찾습니다.
demo-search-field = 어떤 형식의 로그든 필드로 검색할 수 있습니다.
demo-sql = SQL로도 자유롭게 물어볼 수 있습니다.
demo-end =
    데모를 마쳤습니다. 로그 홈은 { $home }, 데이터는 { $data }에 남아 있습니다.
    다음 명령으로 계속해 보세요: bongsu --help
