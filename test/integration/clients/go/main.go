// The official Go client at work: the Go side of client-program.ts, which says what is printed and when it ends.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/camunda/zeebe/clients/go/v8/pkg/entities"
	"github.com/camunda/zeebe/clients/go/v8/pkg/worker"
	"github.com/camunda/zeebe/clients/go/v8/pkg/zbc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	callLimit = 20 * time.Second
	// All calls that are made once, one after the other.
	checkLimit = time.Minute
	lookEvery  = 250 * time.Millisecond
)

var printing sync.Mutex

func say(words ...string) {
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(strings.ReplaceAll(strings.Join(words, " "), "\n", " "))
}

func must(err error) {
	if err != nil {
		say("problem", err.Error())
		os.Exit(1)
	}
}

func limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), callLimit)
}

func deploy(client zbc.Client, files ...string) {
	for _, file := range files {
		ctx, cancel := limited()
		_, err := client.NewDeployResourceCommand().AddResourceFile(file).Send(ctx)
		cancel()
		must(err)
	}
}

func create(client zbc.Client, processID string, token string) (int64, error) {
	ctx, cancel := limited()
	defer cancel()
	command, err := client.NewCreateInstanceCommand().BPMNProcessId(processID).LatestVersion().
		VariablesFromMap(map[string]interface{}{"token": token})
	must(err)
	created, err := command.Send(ctx)
	if err != nil {
		return 0, err
	}
	return created.GetProcessInstanceKey(), nil
}

func expectCode(what string, err error, code codes.Code) {
	if status.Code(err) != code {
		say("problem", what, "should end with", code.String(), "but ended with", fmt.Sprint(err))
		os.Exit(1)
	}
	say("checked", what)
}

// check makes one call of each kind that is not made all the time.
func check(client zbc.Client, processID string, parkedID string) {
	ctx, cancel := context.WithTimeout(context.Background(), checkLimit)
	defer cancel()
	command, err := client.NewCreateInstanceCommand().BPMNProcessId(processID).LatestVersion().
		VariablesFromMap(map[string]interface{}{"text": "grün"})
	must(err)
	result, err := command.WithResult().Send(ctx)
	must(err)
	if !strings.Contains(result.GetVariables(), "grün") || !strings.Contains(result.GetVariables(), "done") {
		must(fmt.Errorf("the result has the variables %s", result.GetVariables()))
	}
	say("checked result")
	_, err = create(client, "nobody-deployed-this", "")
	expectCode("unknown process", err, codes.NotFound)
	parked, err := create(client, parkedID, "")
	must(err)
	var job entities.Job
	for retries := 2; retries > 0; retries-- {
		jobs, err := client.NewActivateJobsCommand().JobType(parkedID).MaxJobsToActivate(1).Timeout(time.Minute).Send(ctx)
		must(err)
		if len(jobs) != 1 {
			must(fmt.Errorf("%d jobs were activated instead of one", len(jobs)))
		}
		job = jobs[0]
		if retries == 2 {
			_, err = client.NewFailJobCommand().JobKey(job.GetKey()).Retries(1).ErrorMessage("once more").Send(ctx)
			must(err)
		}
	}
	say("checked failed job")
	set, err := client.NewSetVariablesCommand().ElementInstanceKey(parked).VariablesFromMap(map[string]interface{}{"size": 3})
	must(err)
	_, err = set.Send(ctx)
	must(err)
	_, err = client.NewCompleteJobCommand().JobKey(job.GetKey()).Send(ctx)
	must(err)
	_, err = client.NewCompleteJobCommand().JobKey(job.GetKey()).Send(ctx)
	expectCode("second completion", err, codes.NotFound)
	cancelled, err := create(client, parkedID, "")
	must(err)
	_, err = client.NewCancelInstanceCommand().ProcessInstanceKey(cancelled).Send(ctx)
	must(err)
	_, err = client.NewCancelInstanceCommand().ProcessInstanceKey(cancelled).Send(ctx)
	expectCode("second cancellation", err, codes.NotFound)
}

func watchTopology(client zbc.Client) {
	seen := -1
	for range time.Tick(lookEvery) {
		ctx, cancel := limited()
		topology, err := client.NewTopologyCommand().Send(ctx)
		cancel()
		if err == nil && len(topology.GetBrokers()) != seen {
			seen = len(topology.GetBrokers())
			say("topology", strconv.Itoa(seen))
		}
	}
}

func main() {
	address, processID, parkedID := os.Args[1], os.Args[2], os.Args[3]
	perSecond, _ := strconv.Atoi(os.Args[6])
	lockMs, _ := strconv.Atoi(os.Args[7])
	client, err := zbc.NewClient(&zbc.ClientConfig{GatewayAddress: address, UsePlaintextConnection: true})
	must(err)
	deploy(client, os.Args[4], os.Args[5])
	client.NewJobWorker().JobType(processID).
		Handler(func(jobs worker.JobClient, job entities.Job) {
			ctx, cancel := limited()
			defer cancel()
			command, err := jobs.NewCompleteJobCommand().JobKey(job.GetKey()).VariablesFromMap(map[string]interface{}{"done": true})
			must(err)
			_, _ = command.Send(ctx)
		}).
		Timeout(time.Duration(lockMs) * time.Millisecond).StreamEnabled(true).Open()
	check(client, processID, parkedID)
	go watchTopology(client)

	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		var underWay sync.WaitGroup
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		for n := 0; ; n++ {
			select {
			case <-stop:
				underWay.Wait()
				say("stopped")
				close(ended)
				return
			case <-tick.C:
				underWay.Add(1)
				go func(token string) {
					defer underWay.Done()
					key, err := create(client, processID, token)
					if err != nil {
						say("failed", err.Error())
					} else {
						say("created", strconv.FormatInt(key, 10))
					}
				}(fmt.Sprintf("%s-%d", processID, n))
			}
		}
	}()
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		if input.Text() == "stop" {
			close(stop)
			<-ended
		}
	}
}
