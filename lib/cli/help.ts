export const helpText = `filesyncdb: folders of JSON, YAML, Prompty and Markdown files as a live SQLite database

  filesyncdb sync DIR... --db FILE      brings the database up to date, once
  filesyncdb watch DIR... --db FILE     keeps it up to date until Ctrl-C
  filesyncdb query SQL [PARAM...] --db FILE
                                        runs one reading statement
  filesyncdb status --db FILE           what the database knows: documents, errors, last sync

DIR is a folder, or type=DIR to name the type of its documents; otherwise the folder's own name is
the type. query and status open the database read-only, also while another process watches.

  --db FILE          the database; sync and watch create it if there is none
  --include GLOB     only these files (repeatable), e.g. --include '**/*.json'
  --exclude GLOB     not these files (repeatable)
  --id PATH          where a document's id comes from: path (default), stem, or a JSON path ($.id)
  --full             sync: hash every file again instead of trusting size and times
  --poll             watch: look at the files every second instead of waiting for events
  --debounce-ms N    watch: how long a file must rest before it is read (default 500)
  --json             for machines: one JSON object per line
  -q, --quiet        errors only
  -h, --help         this text
  -V, --version      the version

Errors in files are printed to stderr as path:line:column: message

Exit codes: 0 all is well; 1 some files could not become documents; 2 wrong usage; 3 failure, e.g.
the database cannot be opened or the SQL is wrong. watch ends with 0 at Ctrl-C or SIGTERM; sync that
is interrupted ends with 130 or 143.
`;
