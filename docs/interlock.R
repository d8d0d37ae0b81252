# Reads what `interlock export csv` wrote, and asks a running service for predictions.
# Base R and jsonlite, nothing else:
#
#   source("interlock.R")
#   flights <- read_interlock("exports/csv")
#   head(flights$findings[, c("kind", "sentence", "effect", "low", "high", "n")])
#   predict_interlock(flights$table[1:3, ], "127.0.0.1", 8080)
#
# Integers beyond 2^53 become text, as R's numbers cannot hold them. In text columns base R takes an empty string for
# a missing one; the Parquet files keep the two apart.

library(jsonlite)

# Returns a list of data frames: table, findings, associations.
read_interlock <- function(folder) {
  schema <- fromJSON(file.path(folder, "schema.json"), simplifyVector = FALSE)
  frames <- lapply(names(schema), function(name) {
    typed_frame(file.path(folder, paste0(name, ".csv")), schema[[name]])
  })
  setNames(frames, names(schema))
}

# Everything is read as text first, so that no program guesses a type: "007" stays "007", "NA" stays "NA".
typed_frame <- function(path, types) {
  frame <- read.csv(path, colClasses = "character", na.strings = "", check.names = FALSE,
                    encoding = "UTF-8", fileEncoding = "UTF-8")
  for (column in names(types)) frame[[column]] <- typed(frame[[column]], types[[column]])
  frame
}

typed <- function(text, type) {
  if (type %in% c("double", "int64")) return(numbers(text, whole = type == "int64"))
  if (type == "bool") return(as.logical(text))
  if (startsWith(type, "date32")) return(as.Date(text))
  if (startsWith(type, "timestamp")) {
    return(as.POSIXct(sub("Z$", "", text), format = "%Y-%m-%dT%H:%M:%OS", tz = "UTC"))
  }
  text
}

numbers <- function(text, whole) {
  value <- as.numeric(text)
  if (whole && any(abs(value) > 2^53, na.rm = TRUE)) text else value
}

# Returns a data frame with one row an answer: id, prediction, label; a row that the contract rejects has its reasons.
predict_interlock <- function(rows, host = "127.0.0.1", port = 8080) {
  answer <- post(host, port, "/v1/predict", rows_as_json(rows))
  body <- fromJSON(answer$body, simplifyVector = TRUE)
  if (answer$status != 200) stop(sprintf("the service answered %d: %s", answer$status, answer$body))
  body$predictions
}

# Missing values are null, moments are ISO 8601 in UTC, and numbers have 15 significant digits, all that jsonlite writes.
rows_as_json <- function(rows) {
  for (column in names(rows)) {
    if (inherits(rows[[column]], "POSIXct")) {
      rows[[column]] <- ifelse(is.na(rows[[column]]), NA,
                               format(rows[[column]], "%Y-%m-%dT%H:%M:%OS6Z", tz = "UTC"))
    }
    if (inherits(rows[[column]], "Date")) rows[[column]] <- format(rows[[column]])
  }
  toJSON(rows, dataframe = "rows", na = "null", digits = NA, auto_unbox = TRUE)
}

# HTTP over a plain socket: base R has no POST of its own. Text is sent and read as UTF-8 bytes.
post <- function(host, port, path, body) {
  content <- charToRaw(enc2utf8(body))
  head <- c(sprintf("POST %s HTTP/1.1", path), sprintf("Host: %s:%d", host, port),
            "Content-Type: application/json", sprintf("Content-Length: %d", length(content)),
            "Connection: close", "", "")
  wire <- socketConnection(host, port, open = "r+b", blocking = TRUE, timeout = 60)
  on.exit(close(wire))
  writeBin(c(charToRaw(paste(head, collapse = "\r\n")), content), wire)
  received <- raw()
  while (length(part <- readBin(wire, "raw", 65536)) > 0) received <- c(received, part)
  text <- rawToChar(received)
  Encoding(text) <- "UTF-8"
  cut <- regexpr("\r\n\r\n", text, fixed = TRUE)
  list(status = as.integer(sub("^HTTP/[0-9.]+ ([0-9]+).*", "\\1", substr(text, 1, 15))),
       body = substr(text, cut + 4, nchar(text)))
}
