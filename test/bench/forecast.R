# forecast.R SERIES: R's side of the forecast benchmark, see forecast.sh.
#
# Scored as forecast_accuracy scores: twice the mean pinball loss of the
# quantiles 5 % to 95 %, of one task in one sum.  R knows nothing of counts, so
# what it says below 0 is taken as 0.
suppressMessages(library(forecast))

rows <- read.csv(commandArgs(TRUE)[1])
fit <- list(
  ets = function(y, h, level) forecast(ets(y), h = h, level = level),
  arima = function(y, h, level) forecast(auto.arima(y), h = h, level = level),
  theta = function(y, h, level) thetaf(y, h = h, level = level),
  naive = function(y, h, level) snaive(y, h = h, level = level))
probability <- seq(0.05, 0.95, 0.05)
level <- c(seq(10, 90, 10), 95)

for (task in split(rows, rows$n)) {
  h <- task$horizon[1]
  season <- task$season[1]
  for (method in strsplit(task$peers[1], " ")[[1]]) {
    score <- NULL
    seconds <- 0
    for (value in split(task$count, task$series)) {
      for (o in task$origins[1]:1) {
        known <- length(value) - o * h
        y <- ts(value[1:known], frequency = season)
        actual <- value[known + 1:h]
        seconds <- seconds + system.time(f <- fit[[method]](y, h, level))[["elapsed"]]
        lower <- matrix(pmax(as.numeric(f$lower), 0), h)
        upper <- matrix(pmax(as.numeric(f$upper), 0), h)
        quantile <- cbind(lower[, 9:1], (lower[, 1] + upper[, 1]) / 2, upper[, 1:9])
        miss <- actual - quantile
        weight <- matrix(probability, h, length(probability), byrow = TRUE)
        crps <- 2 * rowMeans(ifelse(miss >= 0, weight * miss, (weight - 1) * miss))
        scale <- mean(abs(diff(value[1:known], season)))
        score <- rbind(score, cbind(crps, crps / scale, abs(actual - pmax(as.numeric(f$mean), 0)) / scale,
                                    actual < lower[, 10], actual > upper[, 10]))
      }
    }
    cat(task$n[1], "R", method, nrow(score), sprintf("%.6f", colMeans(score)), sprintf("%.2f", seconds), sep = ",")
    cat("\n")
  }
}
