# shellcheck shell=bash
# Chooses which tests run, how thoroughly, and in how many processes.

tier_options() { # tier_options quick|all|chosen: pytest's options, one a line
  # The tests of a file run in one process, the files in the order of tests/tiers.py: long ones first.
  printf '%s\n' --numprocesses=2 --dist=loadfile --no-loadscope-reorder
  case $1 in
    quick) printf '%s\n' '-m=not thorough' --hypothesis-profile=quick ;;
    all | chosen) printf '%s\n' --hypothesis-profile=thorough ;;
  esac
}
