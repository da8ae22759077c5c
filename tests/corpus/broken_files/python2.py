import redis
print "connecting to", redis.__version__
