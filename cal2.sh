. /work/big/n4/env.sh
python /work/big/n4/cal.py 2 5 all > /work/big/n4/c2.out 2>&1; python /work/big/n4/cal.py 3 5 all > /work/big/n4/c3.out 2>&1
