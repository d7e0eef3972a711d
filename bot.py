import sys

try:
    from bot.cli import main

    main()
except KeyboardInterrupt:  # `main` answers it too, once it is there
    sys.stderr.write("bot.py: interrupted before anything was done\n")
    sys.exit(130)
