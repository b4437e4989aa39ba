# Writes every table of the course anew: invented, and the same on each run.
# In a terminal: Rscript invent_data.R

arguments <- commandArgs(trailingOnly = FALSE)
HERE <- dirname(sub("^--file=", "", grep("^--file=", arguments, value = TRUE)))

# Named in full: R's own choice of generator has changed from one release to another.
begin_at <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
}

VARIETIES <- c("Aume Red", "Grey Pippin", "Late Russet")
USUAL_G <- c("Aume Red" = 182, "Grey Pippin" = 151, "Late Russet" = 118)
SPREAD_G <- c("Aume Red" = 34, "Grey Pippin" = 19, "Late Russet" = 17)
SHAKEN <- c("Aume Red" = 0.25, "Grey Pippin" = 0.35, "Late Russet" = 0.75) # the rest by hand
BRUISED <- c(hand = 0.06, shaken = 0.24)

# Apples, one a row: the variety decides the weight and how it is picked, the picking the bruises.
apples <- function(seed, count) {
  begin_at(seed)
  variety <- sample(VARIETIES, count, replace = TRUE, prob = c(0.35, 0.40, 0.25))
  picked <- ifelse(runif(count) < SHAKEN[variety], "shaken", "hand")
  data.frame(
    variety = variety,
    picked = picked,
    weight_g = round(rnorm(count, USUAL_G[variety], SPREAD_G[variety])),
    bruised = ifelse(runif(count) < BRUISED[picked], "yes", "no")
  )
}

# Trees, half of them thinned in June: in truth that makes an apple 12 g heavier.
trial <- function(seed, each) {
  begin_at(seed)
  thinned <- sample(rep(c("yes", "no"), each = each))
  weight <- rnorm(2 * each, ifelse(thinned == "yes", 160, 148), 16)
  data.frame(tree = seq_len(2 * each), thinned = thinned, weight_g = round(weight, 1))
}

# Trees of every age. In truth a year is worth 1.6 kg and a litre a week 0.35 kg; but the young ones
# get more water, so water alone seems to do harm.
trees <- function(seed, count) {
  begin_at(seed)
  age <- sample(3:30, count, replace = TRUE)
  water <- pmax(5, 60 - 1.3 * age + rnorm(count, 0, 6))
  yield <- pmax(0, 5 + 1.6 * age + 0.35 * water + rnorm(count, 0, 5))
  data.frame(age = age, water_l = round(water, 1), yield_kg = round(yield, 1))
}

put <- function(table, path) {
  write.csv(table, file.path(HERE, path), row.names = FALSE, quote = FALSE)
}

put(apples(seed = 41, count = 420), "materials/01-describe/data/apples.csv")
put(trial(seed = 42, each = 40), "materials/02-compare/data/trial.csv")
put(trees(seed = 47, count = 150), "materials/03-relate/data/trees.csv")
put(apples(seed = 44, count = 180), "assignments/source/lab1/apples.csv")
put(trial(seed = 45, each = 25), "assignments/source/lab2/trial.csv")
put(trees(seed = 46, count = 80), "assignments/source/practical/trees.csv")
