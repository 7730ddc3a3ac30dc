# forest.R LEAF FILES: ranger's side of the forest benchmark, see forest.sh.
library(ranger)

leaf <- as.integer(commandArgs(TRUE)[1])
files <- commandArgs(TRUE)[2]
rows <- read.csv(file.path(files, "learn.csv"))
rows$label <- factor(rows$label)
seconds <- system.time(
  ranger(label ~ ., data = rows, num.trees = 50, min.node.size = leaf, probability = TRUE,
         num.threads = 2, oob.error = FALSE, seed = 1, verbose = FALSE))[["elapsed"]]
peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
cat(sprintf('{"name": "ranger %s", "seconds": [%.3f], "peak_mb": %.1f}\n',
            packageVersion("ranger"), seconds, as.numeric(gsub("[^0-9]", "", peak)) / 1024))
