// A cluster of HashiCorp's memberlist with its settings for a local network. It takes the number of nodes, says
// "ready" once everybody knows everybody, and goes on until its input ends.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/memberlist"
)

func main() {
	nodes, err := strconv.Atoi(os.Args[1])
	check(err)
	members := make([]*memberlist.Memberlist, nodes)
	for number := range members {
		members[number] = start(number)
		time.Sleep(50 * time.Millisecond) // all at once, they would overflow each other's queues
	}
	for _, member := range members {
		for member.NumMembers() < nodes {
			time.Sleep(100 * time.Millisecond)
		}
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}

func start(number int) *memberlist.Memberlist {
	config := memberlist.DefaultLANConfig()
	config.Name = fmt.Sprintf("node-%d", number)
	config.BindAddr, config.BindPort = "127.0.0.1", 10000+number
	config.AdvertiseAddr, config.AdvertisePort = config.BindAddr, config.BindPort
	config.LogOutput = io.Discard
	member, err := memberlist.Create(config)
	check(err)
	if number > 0 {
		_, err = member.Join([]string{"127.0.0.1:10000"})
		check(err)
	}
	return member
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
