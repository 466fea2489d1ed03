from yibao.cli.app import main

main()
