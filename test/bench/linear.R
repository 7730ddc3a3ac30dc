# What R takes for the models of linear.sh.
file <- commandArgs(TRUE)[1]
d <- read.csv(file, colClasses = c(district = "factor", hour = "factor", weekday = "factor", month = "factor"))
told <- function(name, time, value)
	cat(sprintf("R       %-20s %6.2f s   deviance %.10g\n", name, time["elapsed"], value))
t <- system.time(f <- glm(n ~ district + hour + weekday + month + day, poisson, d))
told("poisson", t, f$deviance)
if (Sys.getenv("NB") != "0") {
	t <- system.time(f <- MASS::glm.nb(n ~ district + hour + weekday + month + day, d))
	told("negative_binomial", t, f$deviance)
}
t <- system.time(f <- lm(n ~ district + hour + weekday + month + day, d))
told("least_squares", t, summary(f)$sigma)
