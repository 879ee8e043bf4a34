### English. The ids and variables are those of ko.ftl; a test compares them.

## Lines on standard error

error-line = error: { $text }
cause-line = caused by: { $text }
hint-line = hint: { $text }
warning-line = warning: { $text }

## Help

help-usage = Usage:
help-options-word = OPTIONS
help-command = COMMAND
help-commands = Commands
help-arguments = Arguments
help-options = Options
help-global-options = Global options
help-examples = Examples:
help-values = one of: { $text }
help-default = default: { $text }
help-env = env: { $text }

cmd = Gather logs, keep them, search them, and learn what is wrong and what is slow
    .examples =
        bongsu demo                             see everything in a minute
        bongsu ingest /var/log/nginx            gather files and folders
        bongsu search 'level:error timeout'     find records, newest first
        bongsu analyze health --hours 24        what is wrong, and what to do
        bongsu COMMAND --help                   more about one command
    .data = Data directory
    .config = Configuration file, instead of bongsu.toml in the data directory
    .lang = Language of everything written for people; without it the environment's (LC_ALL, LC_MESSAGES, LANG)
    .output_format = Form of standard output
    .color = When to colour; NO_COLOR switches it off
    .quiet = Write no notes and no progress to standard error
    .help = Show this help
    .version = Show the version

cmd-help = Show help
    .command = The command to explain

cmd-ingest = Gather files, folders or standard input
    .examples =
        bongsu ingest app.log                         one file, its format recognised
        bongsu ingest logs/ '/var/log/*.gz'           folders and patterns
        journalctl -o export | bongsu ingest -        standard input
        bongsu ingest --follow --service web app.log  go on as the file grows
        bongsu ingest --output-format json app.log    the result as JSON
    .paths = Files, folders or patterns; - is standard input
    .dataset = Dataset to add to
    .service = Service of records that name none
    .format = Read every line as this format instead of recognising it
    .year = Year of times written without one
    .follow = Go on reading what is appended, until Ctrl-C
    .again = Read from the beginning what was read before, too

cmd-search = Find records, newest first
    .examples =
        bongsu search timeout                              a word
        bongsu search 'level:error AND service:web'        fields
        bongsu search '"connection reset" NOT host:db-*'   phrases, wildcards
        bongsu search 'duration:>2.5' --since 15m          the last 15 minutes
        bongsu search error --since 2025-06-01..06-02      two days
        bongsu search panic --context 5                    five records around a hit
        bongsu search error --output-format json | jq .    one object a line
    .query = What to find; everything when left out
    .since = From when, or a range: 15m, yesterday, 2025-06-01, 2025-06-01..06-02, all
    .until = Until when
    .limit = Rows at most, or `all` [default: 100]
    .dataset = Dataset to search
    .context = Records to show before and after each hit
    .fail = Exit with 3 when nothing is found

cmd-sql = Ask in SQL; each dataset is a table
    .examples =
        bongsu sql 'SELECT level, count(*) FROM logs GROUP BY level'
        bongsu sql 'SELECT time, message FROM logs ORDER BY time DESC LIMIT 5'
        bongsu sql 'DESCRIBE logs'
        bongsu sql 'SHOW TABLES' --output-format csv
    .sql = One statement that only reads
    .fail = Exit with 3 when there is no row

cmd-tail = Show records as they come in
    .examples =
        bongsu tail                          everything new
        bongsu tail 'level:error' --lines 20 after the last 20
    .query = What to show; everything when left out
    .dataset = Dataset to follow
    .lines = Newest records to begin with

cmd-patterns = Group messages into patterns and count them
    .examples =
        bongsu patterns                              everything in the dataset
        bongsu patterns --since 1h --limit 20        the last hour
        bongsu patterns --query 'level>=error'       errors only
        bongsu patterns app.log                      a file, no store needed
        kubectl logs app | bongsu patterns -         standard input
        bongsu patterns --output-format json | jq .  one object a line
    .file = File or folder to read without keeping it; - is standard input. The dataset when left out
    .query = Which records count; all of them when left out
    .since = From when, or a range: 15m, yesterday, 2025-06-01, 2025-06-01..06-02, all
    .until = Until when
    .limit = Patterns at most, the most frequent first, or `all`
    .dataset = Dataset to look at
    .format = Read every line of the file as this format instead of recognising it
    .raw = Show every template as it is stored, also those that another one covers
    .fail = Exit with 3 when nothing is found

cmd-analyze = Learn what is wrong and what is slow
    .examples =
        bongsu analyze errors                               the last 24 hours
        bongsu analyze performance --hours 1
        bongsu analyze health --fail                        exit 3 below "Good"
        bongsu analyze daily --logs logs/ --at 2025-06-06   a log home, an old day
    .hours = Hours to look back over
    .at = The end of those hours, "now" for old logs: 2025-06-06 (the whole day) or 2025-06-06T18:00
    .logs = Read this log home instead of the data directory
    .dataset = Dataset to analyse
    .output = Write the result to this file as JSON, too
    .fail = Exit with 3 when something is wrong

cmd-analyze-errors = Errors by type, hour and message
    .examples =
        bongsu analyze errors --hours 6
        bongsu analyze errors --at 2025-06-06 --output errors.json
    .fail = Exit with 3 when there is an error

cmd-analyze-performance = Operations, their durations and the slow ones
    .examples =
        bongsu analyze performance
        bongsu analyze performance --logs logs/ --output-format json
    .fail = Exit with 3 when an operation is slow

cmd-analyze-health = A score from 0 to 100, what pulls it down, and what to do
    .examples =
        bongsu analyze health
        bongsu analyze health --hours 1 --fail || echo unhealthy
    .fail = Exit with 3 when the grade is Fair or Poor

cmd-analyze-daily = The three of them as one report
    .examples =
        bongsu analyze daily
        bongsu analyze daily --at 2025-06-06 --output report.json
    .fail = Exit with 3 when the grade is Fair or Poor

cmd-report = Show the daily report and keep it as JSON
    .examples =
        bongsu report                             into bongsu-data/reports/
        bongsu report --logs logs/                into logs/reports/
        bongsu report --at 2025-06-06 --folder .
    .hours = Hours to look back over
    .at = The end of those hours, "now" for old logs: 2025-06-06 (the whole day) or 2025-06-06T18:00
    .logs = Read this log home instead of the data directory
    .dataset = Dataset to report on
    .folder = Folder for the report, instead of reports/ in the data directory or the log home
    .fail = Exit with 3 when the grade is Fair or Poor

cmd-stats = Rows, bytes and times of each dataset
    .examples =
        bongsu stats
        bongsu stats --logs logs/        files and bytes of a log home
        bongsu stats --output-format json
    .logs = Count the files and bytes of this log home instead

cmd-refused = Show lines that could not be taken, and why
    .examples =
        bongsu refused
        bongsu refused --limit all --output-format json
    .limit = Lines at most, newest first, or `all` [default: 100]
    .dataset = Only those meant for this dataset

cmd-delete = Delete the records that a search finds, for good
    .examples =
        bongsu delete 'user.email:"kim@example.com"'          counts and asks
        bongsu delete 'customer_id:4711' --yes --purge        no trace left at once
        bongsu delete 'level:debug' --until 2025-06-01 --yes
        bongsu delete '*' --dataset tests --yes
    .query = What to delete, in the language of search; * is everything
    .since = From when, or a range: 15m, yesterday, 2025-06-01, 2025-06-01..06-02, all
    .until = Until when
    .dataset = Dataset to delete from
    .yes = Delete without being asked
    .purge = Remove the old files from the disk at once, also from under those who read them
    .fail = Exit with 3 when nothing is found

cmd-check = Verify every file of the data directory
    .examples =
        bongsu check
        bongsu check --repair          set damaged files aside, mend what can be
        bongsu check --output-format json
    .repair = Mend what can be mended; nothing may use the data directory meanwhile
    .deep = Read every row of every file, not only checksums

cmd-serve = Take and answer over HTTP
    .examples =
        bongsu serve
        bongsu serve --http 127.0.0.1:8080
        BONGSU_TOKEN=… bongsu serve --http 0.0.0.0:5105
    .http = Address to listen on; may be repeated [default: 127.0.0.1:5105]
    .token = Token that clients must send; required beyond the loopback addresses

cmd-config = Show the configuration in effect
    .examples =
        bongsu config                        what is in effect, as TOML
        bongsu config paths                  where it came from
        bongsu config schema                 every setting and what it may be
        bongsu config > bongsu-data/bongsu.toml
    .view = What to show

cmd-completion = Print a completion script for a shell
    .examples =
        bongsu completion bash > ~/.local/share/bash-completion/completions/bongsu
        bongsu completion zsh > ~/.zfunc/_bongsu
        bongsu completion fish > ~/.config/fish/completions/bongsu.fish
    .shell = The shell

## Usage errors

usage-unknown-argument = there is no option `{ $arg }`
usage-unexpected = `{ $arg }` is one argument too many
usage-unknown-command = there is no command `{ $value }`
usage-no-value = `{ $arg }` needs a value
usage-bad-value = `{ $value }` is not a value of `{ $arg }`
usage-missing = missing: { $arg }
usage-conflict = `{ $arg }` cannot stand beside `{ $other }`
usage-no-command = a command is needed
usage-other = the command line cannot be understood
usage-did-you-mean = did you mean `{ $value }`?
usage-values = use one of { $values }
usage-dashes = what begins with `-` and is no option goes behind `--`: bongsu search -- '-word'
usage-before-dashes = options stand before `--`: bongsu search --limit 5 -- '-word'
usage-see-help = bongsu --help lists the commands, bongsu COMMAND --help what one takes
usage-number = not a whole number
usage-positive = it must be 1 or more
usage-too-far = the number is too large

## Gathering

ingest-summary = { $rows } { $rows_n ->
        [one] record
       *[other] records
    } kept from { $files } { $files_n ->
        [one] file
       *[other] files
    } · { $bytes } in { $seconds } ({ $speed }/s)
ingest-summary-input = { $rows } { $rows_n ->
        [one] record
       *[other] records
    } kept · { $bytes } in { $seconds } ({ $speed }/s)
ingest-formats = formats: { $formats }
ingest-refused = { $count } { $n ->
        [one] line
       *[other] lines
    } refused
ingest-refused-inputs = { $count } { $n ->
        [one] input
       *[other] inputs
    } refused
ingest-refused-hint = bongsu refused shows them with the reasons
ingest-duplicates = { $count } { $n ->
        [one] copy of a record that another file of the log home holds was
       *[other] copies of records that another file of the log home holds were
    } left out
ingest-left-out = { $count } { $n ->
        [one] file of the log home holds
       *[other] files of the log home hold
    } no log lines (hidden, or in reports/, alerts/, config/)
ingest-skipped = { $count } { $n ->
        [one] file
       *[other] files
    } had been read before (--again reads once more)
ingest-nothing-new = nothing new
ingest-unfinished = { $count } { $n ->
        [one] file ends
       *[other] files end
    } in a line that is still being written; the next run reads it
ingest-completed = { $count } { $n ->
        [one] record whose end had not been written yet is kept whole now, beside its beginning
       *[other] records whose ends had not been written yet are kept whole now, beside their beginnings
    }
journals-recovered = { $bytes } that stopped programs had logged were written into their log files first
journals-failed = cannot write what a stopped program had logged, `{ $path }`: { $cause }; it is kept, and tried again next time
journals-damaged = what a stopped program had logged cannot be read and was set aside as `{ $path }`
ingest-without-data = the data directory itself was left out
ingest-interrupted = stopped; { $rows } { $rows_n ->
        [one] record is
       *[other] records are
    } kept, and the same command goes on from there
ingest-interrupted-input = stopped; { $rows } { $rows_n ->
        [one] record is
       *[other] records are
    } kept
ingest-following = following; Ctrl-C ends
analyze-elsewhere = no record of `{ $dataset }` lies in these hours; the newest is of { $newest }: --at { $day }
analyze-working = reading records
ingest-progress = { $rows } records

## Rows

search-none = nothing found
search-more = the newest { $limit } are shown; --limit all shows every one there is
search-unknown-field = no record has the field `{ $field }`
search-no-number = `{ $field }` holds numbers, and `{ $value }` is none
search-similar = did you mean { $names }?
search-widen = give fewer words, or a longer time with --since
tail-follows = waiting for new records; Ctrl-C ends
rows-count = { $count } { $n ->
        [one] row
       *[other] rows
    }

## Patterns

patterns-count = count
patterns-share = share
patterns-first = first
patterns-last = last
patterns-pattern = pattern
patterns-summary = { $patterns } { $patterns_n ->
        [one] pattern
       *[other] patterns
    } in { $records } { $records_n ->
        [one] record
       *[other] records
    }
patterns-more = only the { $shown } most frequent of { $patterns } patterns are shown; --limit all shows every one
patterns-none = no message was found

## Stats, refused, check

stats-dataset = dataset
stats-rows = rows
stats-raw = raw
stats-stored = stored
stats-ratio = ratio
stats-files = files
stats-from = from
stats-to = to
stats-folder = folder
stats-bytes = bytes
stats-total = total
stats-none = no dataset yet
stats-none-hint = gather something first: bongsu ingest FILE
refused-none = nothing was refused
refused-where = { $source }, byte { $offset }
delete-ask = Delete { $count } { $n ->
        [one] record
       *[other] records
    } of `{ $dataset }` for good? [y/N]
delete-working = deleting records
delete-done = { $rows } { $rows_n ->
        [one] record
       *[other] records
    } deleted from { $files } { $files_n ->
        [one] file
       *[other] files
    }
delete-kept = nothing was deleted
delete-stay = the old files stay on disk until `bongsu serve` cleans up, after store.grace; --purge removes them at once
delete-purged = the old files and the write-ahead log are removed; backups, quarantine/ and refused lines are not looked at
delete-left-in-log = the write-ahead log still holds records, because a dataset cannot be read: run `bongsu check --repair`
check-working = checking every file
check-sound = everything is sound: { $files } { $files_n ->
        [one] file
       *[other] files
    }, { $rows } { $rows_n ->
        [one] row
       *[other] rows
    }
check-findings = { $count } { $n ->
        [one] finding
       *[other] findings
    }
check-repair-hint = bongsu check --repair mends what can be mended

## Reports

report-title = Daily report
report-errors-title = Errors
report-performance-title = Performance
report-health-title = Health
report-written = written to { $path }
report-period = Last { $hours } hours, until { $at }
report-score = Score
report-errors = errors
report-critical = critical
report-operations = operations
report-slow = slow
report-slowest = slowest component: { $name }
report-types = Errors by type
report-timeline = Errors by hour
report-frequent = Frequent messages
report-critical-list = Critical errors
report-components = Components
report-slow-list = Slow operations
report-recommendations = Recommendations
report-no-errors = no error in this time
report-no-operations = no operation in this time
report-no-issues = no issues
report-no-slow = no slow operation
report-peak = peak { $count } at { $hour }
report-component = component
report-operation = operation
report-count = count
report-mean = mean
report-max = max
report-over = × limit
report-limit = limit
report-duration = took
report-more = … and { $count } more
report-health-by-component = Health by component
report-bottleneck = Bottleneck: { $name }
grade-excellent = Excellent
grade-good = Good
grade-fair = Fair
grade-poor = Poor

## Configuration

config-data = data directory
config-file = configuration file
config-none = none
config-variables = environment variables
config-setting = key
config-default = default
config-accepts = accepts
config-variable = environment

## Issues

issue-high-error-rate = very many errors (more than 100)
issue-moderate-error-rate = many errors (more than 50)
issue-some-errors = some errors (more than 20)
issue-critical-errors = several critical errors (more than 5)
issue-some-critical-errors = critical errors
issue-performance-issues = many slow operations (more than 20)
issue-some-slow-operations = some slow operations (more than 10)

## Recommendations

advice-high-error-rate = { $count } errors: look at the commonest type and message first, and at what was changed last. Roll back if the errors began with a deployment.
advice-moderate-error-rate = { $count } errors: find the hour in which they began, and what happened then.
advice-some-errors = { $count } errors: look through the frequent messages and mend what comes back.
advice-critical-errors = { $count } critical errors: act now. Begin with the latest, and tell whoever is on call.
advice-some-critical-errors = { $count } critical { $n ->
        [1] error
       *[other] errors
    }: find the cause of each today.
advice-performance-issues = { $count } slow operations: look at the slowest component first, its queries, its calls to others, its input sizes.
advice-some-slow-operations = { $count } slow operations: compare them with how long they took before, and watch whether they grow.
advice-type-connection-error = Connection errors are commonest ({ $count }): check whether the other side is up and reachable, the DNS name, firewalls, and the size of the connection pool.
advice-type-timeout-error = Timeouts are commonest ({ $count }): check how long the other side takes and its load; retry with growing pauses, and raise the time limit only if the work needs it.
advice-type-not-found-error = Answers of 404 are commonest ({ $count }): check addresses and identifiers, and whether the interface was changed.
advice-type-server-error = Answers of 500 are commonest ({ $count }): look at the logs of the server that was asked, and retry what may be repeated.
advice-type-validation-error = Validation errors are commonest ({ $count }): look at the input that was refused, and whether its schema was changed.
advice-type-critical-error = Critical errors are commonest ({ $count }): look at memory, disk and the services that everything needs.
advice-type-other = Errors that no rule knows are commonest ({ $count }): look at the frequent messages, and name them with rules under [errors] in bongsu.toml.
advice-type-own = Errors of the type { $type } are commonest ({ $count }): look at their messages above.

## bongsu demo

cmd-demo = See everything in a minute: a small film pipeline and real logs, gathered and explained
    .examples =
        bongsu demo                        a log home in ./logs, data in ./bongsu-data
        bongsu demo --fast                 without pauses
        bongsu --data /tmp/d demo --logs /tmp/logs
    .logs = Log home to write [default: logs, or BONGSU_LOG_DIR]
    .fast = Do not pause between the steps
    .seed = Another number gives another day
    .at = When the report is made; the pipeline runs ten hours before

demo-intro = A film recommendation pipeline writes its logs through the bongsu SDK.
demo-home = It left { $records } records in the log home { $path } (SDK for { $language }).
demo-home-kept = The log home { $path } is there from an earlier demo and is left as it is.
demo-quality = { $checked } film records were checked, { $share } % of them are valid.
demo-samples = Beside it lie { $files } real logs of nginx, PostgreSQL, sshd, cron and Python programs in { $path }.
demo-environment = All of these logs are in UTC. The commands below answer the same when you type them after:
demo-ingest = Gather all of it. Formats are recognised, copies are kept once:
demo-report = What is wrong, what is slow, and what to do about it:
demo-search-word = Find records, newest first:
demo-search-korean = Words are found inside Korean ones, too:
demo-search-field = Fields of every format can be searched:
demo-sql = And every question that SQL can ask:
demo-end =
    That was bongsu. The log home stays in { $home }, the data in { $data }.
    Go on with: bongsu --help
