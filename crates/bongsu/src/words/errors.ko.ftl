### 오류 문구의 한국어. 영어는 오류가 정의된 곳에 있습니다. 아이디는 그 오류의 아이디입니다.

## bongsu

cli-hangup = 출력을 읽던 쪽이 닫혔습니다
cli-output = 표준 출력에 쓸 수 없습니다
    .hint = 출력이 저장되는 디스크가 가득 찼는지 확인하십시오
cli-read = { $path } 파일을 읽을 수 없습니다
    .hint = 경로와 권한을 확인하십시오
cli-write = { $path } 파일에 쓸 수 없습니다
    .hint = 쓸 수 있는 위치를 지정하고, 디스크가 가득 찼는지 확인하십시오
cli-no-folder = { $path } 폴더가 없습니다
    .hint = 경로를 확인하십시오. 상대 경로는 현재 위치를 기준으로 합니다
cli-no-data = { $path }에 데이터가 없습니다
    .hint = 먼저 로그를 수집하십시오: bongsu --data { $path } ingest 파일
cli-runtime = 작업 스레드를 시작할 수 없습니다
    .hint = 프로세스와 메모리 제한을 확인하십시오(ulimit -a)
cli-rows = 행을 표시할 수 없습니다
    .hint = --output-format json을 사용해 보십시오
cli-time = `{ $text }` 값은 시각이 아닙니다
    .hint = 2025-06-01, 2025-06-01T12:00:00, 2025-06-01T12:00:00Z처럼 쓰십시오

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

## 데이터셋

dataset-form = `{ $name }` 이름은 데이터셋에 사용할 수 없습니다
    .hint = 영문 소문자, 숫자, `_`, `-`, `.`만 1~128자로 쓰고, 첫 글자는 영문 소문자, 숫자, `_` 중 하나여야 합니다
dataset-reserved = `{ $name }`은(는) 예약된 이름이어서 데이터셋에 사용할 수 없습니다
    .hint = 다른 이름을 사용하십시오. 예: `{ $name }_logs`
