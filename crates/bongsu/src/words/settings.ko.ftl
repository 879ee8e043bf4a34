### 설정 항목의 뜻. 영어는 config/tree.rs에 있습니다. 아이디는 set-섹션 또는 set-섹션-항목입니다.

set-time = 읽고 보여 주는 시각
set-time-zone = 시간대가 적혀 있지 않은 시각과 화면에 표시하는 시각의 시간대

set-ingest = 읽는 내용
set-ingest-max-line = 한 줄의 최대 바이트. 더 긴 줄은 수집하지 않습니다

set-store = 디스크에 저장하는 방식
set-store-memory = 아직 파일에 쓰지 않은 행이 사용할 수 있는 메모리. 넘치면 보내는 쪽이 기다립니다
set-store-flush-rows = 파일에 쓰기 전에 메모리에 둘 데이터셋별 행 수
set-store-flush-bytes = 파일에 쓰기 전에 메모리에 둘 데이터셋별 용량
set-store-flush-after = 행을 파일에 쓰기 전에 메모리에 둘 수 있는 시간
set-store-segment = 선행 기록 로그(WAL) 세그먼트 하나의 크기
set-store-grace = 병합이나 보존 기간 때문에 테이블에서 뺀 파일을, 아직 읽는 쪽을 위해 디스크에 남겨 두는 시간
set-store-refused = 보관할 거부된 줄의 용량. 오래된 것부터 지웁니다

set-compaction = 작은 파일을 큰 파일로 병합
set-compaction-rows = 이보다 행이 많은 파일은 병합하지 않습니다
set-compaction-bytes = 이보다 큰 파일은 병합하지 않습니다
set-compaction-files = 하루에 작은 파일이 이만큼 모이면 병합합니다
set-compaction-memory = 병합에 쓸 메모리. 행 그룹은 그 4분의 1을 넘지 않으며, 메모리를 작게 설정하면 행 그룹의 행 수도 그만큼 줄어듭니다
set-compaction-every = `serve`나 `ingest --follow`가 실행되는 동안 병합, 보존 기간 적용, 정리를 되풀이하는 간격

set-retention = 로그를 보존하는 기간. 파일 단위로만 지웁니다
set-retention-age = 이보다 오래된 로그를 지웁니다
set-retention-size = 데이터셋의 파일이 모두 합쳐 이보다 크면 오래된 파일부터 지웁니다
set-retention-datasets = 기간과 용량을 따로 정하는 데이터셋. 적지 않은 항목은 제한하지 않습니다

set-query = 질의 하나의 한도
set-query-memory = 모든 질의의 정렬, 집계, 조인이 디스크를 쓰기 전에 함께 사용할 수 있는 메모리
set-query-ceiling = 프로세스의 메모리가 이를 넘으면 실행 중인 질의를 중단합니다
set-query-cache = 질의 사이에 파일의 색인과 메타데이터를 담아 두는 메모리
set-query-time = 질의 하나에 허용하는 시간
set-query-spill = 메모리에 담지 못한 중간 결과가 사용할 수 있는 디스크 공간
set-query-limit = `--limit`를 지정하지 않았을 때 `search`가 보여 주는 행 수

set-errors = 오류 분석
set-errors-rules = 기본 규칙보다 먼저 차례로 적용하는 사용자 규칙. 처음 맞은 규칙이 오류 유형을 정합니다

set-http = HTTP 서버
set-http-listen = `serve`가 수신하는 주소. 루프백이 아닌 주소에서는 토큰(`BONGSU_TOKEN`)이 필수입니다
set-http-body = 요청 본문의 최대 크기. 받은 그대로와 압축을 푼 뒤에 모두 적용합니다
set-http-memory = 처리 중인 모든 요청 본문에 사용하는 메모리. 받는 데이터, 압축을 푼 데이터, 행, 디스크에 쓰는 데이터를 모두 더하며 3분의 1은 받는 데이터에 씁니다
set-http-connections = 동시에 열 수 있는 연결 수. 넘으면 기다립니다
set-http-ingests = 동시에 처리하는 수집 요청 수. 넘으면 기다립니다
set-http-ingest-wait = 수집 요청이 차례와 메모리를 기다리는 시간. 지나면 다시 보내라고 응답합니다
set-http-drain = 종료 요청을 받은 뒤 처리 중인 요청을 기다리는 시간
